# make run   the product in the foreground        make up / make down   the same in the background
# make test  the whole suite                      make lint             what CI checks before the tests
.PHONY: run up down test lint screens load figure3 figure5 call-progress bench doctor clean
CTIAPP := .venv/bin/ctiapp

run:
	@docker/setup.sh run
	@exec $(CTIAPP) run

up:
	@docker/setup.sh run
	@$(CTIAPP) up

down:
	@$(CTIAPP) down

doctor:
	@$(CTIAPP) doctor

test:
	@docker/setup.sh test
	@tests/run.sh

lint:
	@docker/setup.sh test
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy ctiapp/core ctiapp/switch && web/test.sh lint

# make screens [ONLY="console-wrap-up call-me"]   pictures of every screen in every state, into docs/screens
screens:
	@docker/setup.sh test
	@.venv/bin/python -m tests.web.browser.screens docs/screens $(ONLY)

# make figure3 [PHONES=browser [VIDEO=1]]
figure3:
	@docker/setup.sh test
	@PHONES=$(PHONES) VIDEO=$(VIDEO) .venv/bin/python -m tests.figure3

# make figure5 [PHONES=browser] [SCENARIO=busy|noanswer|fax|modem|machine|sit|reschedule]
figure5:
	@docker/setup.sh test
	@PHONES=$(PHONES) .venv/bin/python -m tests.figure5 $(SCENARIO)

# make call-progress DIR=… [AMD=1]   how well the detector hears the recorded calls of a folder
call-progress:
	$(if $(DIR),,$(error Please say which folder: make call-progress DIR=…))
	@docker/setup.sh run
	@$(CTIAPP) call-progress "$(DIR)"

# make faults [TEST=…]                   what takes long to break and to come back (docs/trouble.md), 15 minutes
faults:
	@docker/setup.sh test
	@.venv/bin/python -m pytest -m long $(or $(TEST),tests)

# make load                              5,000 requests, four controllers, counted at the trunk
load:
	@docker/setup.sh test
	@.venv/bin/python -m tests.load.dial_the_list

bench:
	@docker/setup.sh test
	@.venv/bin/python -m bench

clean:
	rm -rf .venv web/node_modules web/dist .state-*
