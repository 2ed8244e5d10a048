"""What a called line sounds like from the answer on (or, where it says so, before it)."""

from __future__ import annotations

import numpy as np

from tests.progress.signals import answer_tone, cadence, flags, information_tone, quiet, tone, voice

HUMAN = np.concatenate([quiet(400), voice(700), quiet(3000)])
MACHINE = np.concatenate([quiet(400), voice(5000), quiet(300), tone(1000, 400), quiet(4000)])
MACHINE_BEEPED = 6.1
"""Seconds from the answer to the end of the beep."""
FAX = np.concatenate([quiet(400), answer_tone(2100, 3000), quiet(75), flags(60), quiet(500)])
MODEM = np.concatenate([quiet(400), tone(2225, 4000)])
SIT = np.concatenate([information_tone((950, 1400, 1800), (330, 330, 330), gap=15), quiet(200), voice(3000)])
BUSY = cadence(425, (500, 500), 8000)
REORDER = cadence(425, (250, 250), 8000)
RINGING = cadence(425, (1000, 4000), 2900)
"""Before the answer."""
