"""What the standards and the countries' tone plans say. Each number has its source; nothing here was measured."""

from __future__ import annotations

# ---------------------------------------------------------------- all tones
WEAKEST = -48.0
"""dBFS. ITU-T Q.35 wants progress tones between -20 and 0 dBm0 at the source; lines lose up to 20 dB more. A sine of
-35 dBm0 has -41 dBFS, as a full-scale sine has +3.14 dBm0 (G.711)."""
OFFSET = 0.015
"""Frequencies may be off by 1.5 %: carrier systems shift by some Hz, old generators more. Added to each tolerance."""

# ---------------------------------------------------------------- call progress (ITU-T E.180/Q.35, Supplement 2)
PROGRESS_HZ = (330.0, 520.0)
"""Single tones. E.180: 425 +- 15 Hz preferred, 400 to 450 allowed; some national plans have 350 (old) and 500."""
PAIRS = ((480.0, 620.0), (350.0, 440.0), (440.0, 480.0), (400.0, 450.0), (1800.0, 2250.0))
"""Tones sent together: precise tone plan (US, CA, TW ...) busy and reorder; dial; ringing; UK, NZ, IE ringing; V.22's
guard tone with its unscrambled ones. Those less than 70 Hz apart are heard as one."""
PAIR_TOLERANCE = 0.035
DIAL_PAIR = (350.0, 440.0)

LONGEST_BUSY_ON = 800.0
"""ms. E.180: busy and congestion cycle in 300 to 1,100 ms, tone to pause between 0.67 and 1.5, so tones of up to 660
ms; India and Singapore send 750."""
LONGEST_BUSY_OFF = 765.0
"""ms. E.180: 660; India, Singapore 750 (busy), Sweden 750 (congestion). Ringing pauses are 2 to 6 s (E.180: 3 to 5)."""
RINGING_FOR_SURE = 1150.0
"""ms of an unbroken tone that no busy signal can be; it is not waited for its end, for it may last 2 s (US) or more."""
CONGESTION_CYCLE = 572.0
"""ms. Busy cycles from 600 (300/300: FI, GR, AR) to 1,500, congestion from 330 (CZ: 165/165) to 500 (250/250), 550 with
a tenth more."""
SHORT_TONE = 290.0
"""ms. Tones of congestion are shorter than this (165 to 250; UK's second 225) except UK's first one (400)."""
DOUBLE_RING_PAUSE = 270.0
"""ms. Ringing 400/200/400/2000 (UK, AU, NZ, IE, IN ...): a pause much shorter than the tone after it."""
DOUBLE_RING_RATIO = 1.4
UNEQUAL_RATIO = 0.8
"""UK congestion 400/350/225/525, Sweden 250/750: a short tone after a longer pause. E.180's own limit is 0.67."""

# ---------------------------------------------------------------- special information tones
SIT_HZ = ((950.0, 913.8, 985.2), (1400.0, 1370.6, 1428.5), (1800.0, 1776.7, 1776.7))
"""Nominal, low and high of each of the three. ITU-T E.180: 950, 1400, 1800 Hz, each +-50 Hz; North America: low 913.8,
1370.6, 1776.7, high 985.2, 1428.5 (Telcordia SR-2275)."""
SIT_TOLERANCE = 50.0
SIT_SHORTEST = 200.0
"""ms. E.180: 330 +- 70; North America: short 274 (or 276), long 380, each 5 % off at most."""
SIT_LONGEST = 480.0
SIT_CODED_HZ = 10.0
SIT_CODED_MS = (("S", 248.0, 300.0), ("L", 352.0, 408.0))
"""North America's tones: 0.2 %, here 0.8; 5 %, here some frames' edges more. Others have no code."""
SIT_GAP = 150.0
"""ms. E.180: up to 30 between tones; two or three lost packets and the window's 40 ms on top."""
SIT_CODES = {
    "LLSS": "IC",
    "HLLS": "VC",
    "LHSL": "RO",
    "HHLL": "NC",
    "HLSL": "RO",
    "LLLL": "NC",
}
"""First and second tone low or high, first and second short or long (the third is always low and long): intercept,
vacant code, reorder and no circuit, the last two also between carriers (Telcordia SR-2275)."""

# ---------------------------------------------------------------- fax and modem
ANSWER_HZ = (2100.0 * (1 - OFFSET) - 15, 2165.0)
"""ITU-T V.25: 2,100 +- 15 Hz for 2.6 to 4.0 s, phase reversed each 450 +- 25 ms if echo cancellers are to go off; V.8
adds 15 Hz modulation of 20 %. T.30's CED is the same tone."""
CARRIER_HZ = (2165.0, 2250.0 * (1 + OFFSET) + 7)
"""Bell 103 and 212A answer with 2,225 Hz; V.22's unscrambled ones have their line at 2,250 Hz +- 7."""
V21_MARK_HZ = (1650.0 * (1 - OFFSET) - 6, 1650.0 * (1 + OFFSET) + 6)
CNG_HZ = (1100.0 * (1 - OFFSET) - 38, 1100.0 * (1 + OFFSET) + 38)
"""T.30: 1,100 +- 38 Hz for 0.5 s each 3 s (+- 15 %)."""
CNG_ON = (425.0, 600.0)
CNG_OFF = (2550.0, 3450.0)
ANSWER_TONE_AT_LEAST = 1000.0
"""ms; shorter ones are beeps."""
CARRIER_AT_LEAST = 900.0
V21_WITHIN = 460.0
"""ms after the answer tone in which a fax's flags are heard, if any: T.30 wants them after 75 +- 20 ms, and 300 ms of
them are enough."""
ANSWER_TONE_LIMIT = 4400.0
"""ms; CED ends after 4.0 s at most. What goes on is judged as it stands."""

# ---------------------------------------------------------------- beeps of answering machines
BEEP_HZ = (340.0, 2400.0)
"""Conventional; most lie between 400 (old tape machines) and 1,400 Hz."""
BEEP_ON = (200.0, 1500.0)
"""ms."""
BEEP_DRIFT = 10.0
"""Hz. Beeps come from generators; a vowel glides by more."""
LOW_BEEP = (520.0, 300.0)
"""Below this many Hz, where children's and women's pitch may lie, a beep must last this many ms."""


def within(hz: float, band: tuple[float, float]) -> bool:
    return band[0] <= hz <= band[1]
