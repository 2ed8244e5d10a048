"""ctiapp: a contact centre that ties a telephone call to the web page the customer is looking at."""

__version__ = "0.1.0"
