"""Asterisk behind the uniform CTI API. Nothing outside this folder knows an Asterisk word."""

from __future__ import annotations

from ctiapp.settings import Settings
from ctiapp.switch.asterisk.adapter import AsteriskSwitch


def asterisk_switch(settings: Settings) -> AsteriskSwitch:
    """The switch of this installation."""
    return AsteriskSwitch(
        host=settings.bind,
        ami_port=settings.ami_port,
        user="ctiapp",
        secret=settings.secret("ami-ctiapp"),
        agi_host=settings.bind,
        agi_port=settings.agi_port,
        detector=f"{settings.bind}:{settings.detector_port}",
    )


__all__ = ["AsteriskSwitch", "asterisk_switch"]
