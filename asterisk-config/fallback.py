#!/usr/bin/env python3
"""Ordinary routing while the CTI server is down: which staffed stations are free now?

A stand-alone AGI script (pyst2) that Asterisk runs beside the call; the dialplan context is `ctiapp-fallback`.
Reads AstDB `ctiapp-staffed/STATION` and the device states, and leaves the dial string in `CTI_STATIONS`,
empty if nobody is free. Any error leaves it empty too: the dialplan then says its apology.
"""

import os
import re

from asterisk.agi import AGI

FREE = "NOT_INUSE"
AT_MOST = 8
"""Telephones that ring at once; the caller with the fastest hand wins, more would only be noise."""


def staffed(agi):
    """The stations with an agent logged in, in the order of their numbers."""
    keys = agi.get_full_variable("${DB_KEYS(ctiapp-staffed)}")
    return sorted(key for key in keys.split(",") if re.fullmatch("[0-9]+", key))


def is_free(agi, station):
    return agi.get_full_variable("${DEVICE_STATE(PJSIP/" + station + ")}") == FREE


def main():
    with open(os.devnull, "w") as nowhere:  # pyst2 writes all it reads to stderr, caller data included
        agi = AGI(stderr=nowhere)
        free = [station for station in staffed(agi) if is_free(agi, station)]
        agi.set_variable("CTI_STATIONS", "&".join(f"PJSIP/{station}" for station in free[:AT_MOST]))


if __name__ == "__main__":
    main()
