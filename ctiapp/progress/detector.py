"""The call-progress detector (358): hears a call frame by frame and says what it is.

No clock, no I/O, no look-ahead.
"""

from __future__ import annotations

from typing import Literal

from ctiapp.progress import plans
from ctiapp.progress.bursts import Burst, Bursts
from ctiapp.progress.cadence import find_cadence, is_progress
from ctiapp.progress.data_tones import Fsk, as_it_stands, find_data, in_answer_tone
from ctiapp.progress.finding import Finding
from ctiapp.progress.sit import find_sit
from ctiapp.progress.spectrum import FRAME_MS, Ear
from ctiapp.progress.verdict import Sound, Verdict
from ctiapp.progress.voice import Voice

Phase = Literal["before_answer", "after_answer"]

SILENCE_AFTER = 5800
"""ms of nothing at all."""
PATIENCE = 8000
"""ms; then the verdict is what is likeliest, and without a sign: human."""
WAIT_AFTER_SHORT, WAIT_AFTER_LONG = 560.0, 800.0
"""ms of quiet that end a greeting. A short one ("Hello?") may be taken for a person's sooner; machines pause for up to
700 ms in a greeting and before the beep."""
DROWNED = 120.0
"""ms. A last sound that is too weak for `end` and not for `fine_end` is at most that long; what is longer is noise."""
SHORT_GREETING, LONG_GREETING = 700.0, 1000.0
"""ms; between them the wait grows with the greeting."""
A_WORD = 120.0
"""ms of voice; less is a cough or a click."""
A_GREETING = 200.0
"""ms of voice without which no tone is a beep; less may be what was left of a busy tone when the path opened."""
TOO_LONG_FOR_A_PERSON = 3200.0
"""ms of talk without a pause. People who answer the telephone greet for 2.6 s at most, then they wait."""
DENSE = 0.35
"""Part of such a talk that is sound; scraps of noise before and after a tone are less."""
FAR_VOICE = -42
"""dB. Talk that is weaker may be in the background: no machine is made of it."""
UNDER_VOICE = 17.0
"""dB. Tones that are this much weaker than the voice are in the background."""
MORE_MAY_COME = 520.0
"""ms after a beep that could as well be the first of several busy tones."""


class Detector:
    """One call. `phase`: *before_answer* hears early media, where an announcement is nobody's voice; *after_answer*
    tells all classes. After the verdict it says nothing more."""

    def __init__(self, phase: Phase = "after_answer") -> None:
        self.phase = phase
        self.heard_ms = 0
        self._ear = Ear()
        self._bursts = Bursts()
        self._voice = Voice()
        self._fsk = Fsk()
        self._first_sound: float | None = None
        self._verdict: Verdict | None = None

    def hear(self, frame: bytes) -> Verdict | None:
        """`frame`: the next 20 ms, 320 bytes. The verdict, once, as soon as there is one."""
        self.heard_ms += FRAME_MS
        heard = self._ear.hear(frame)
        self._fsk.hear(heard, self._ear.memory)
        self._bursts.hear(heard, self.heard_ms)
        self._voice.hear(heard.level)
        burst = self._bursts.all[-1] if self._bursts.all else None
        if burst is not None and burst.is_sure and burst.now >= self.heard_ms - 6 * FRAME_MS:
            self._voice.mark_tone(burst.start, burst.end or burst.now, burst.level)
        if self._verdict is not None:
            return None
        finding = self._find()
        return self._decide(finding) if finding else None

    def at_deadline(self) -> Verdict:
        """The verdict, or what is likeliest so far. Unknown means human."""
        return self._verdict or self._decide(self._likeliest())

    def _find(self) -> Finding | None:
        bursts, now = self._bursts.all, float(self.heard_ms)
        finding = find_sit(bursts) or find_data(bursts, self._fsk, now) or find_cadence(bursts, now, self._last_word)
        if finding or self.phase == "before_answer":
            return finding
        return self._beep() or self._talk() or self._nothing()

    @property
    def _spoken(self) -> bool:
        return self._voice.length >= A_WORD

    @property
    def _last_word(self) -> float | None:
        return self._voice.end if self._greeted else None

    @property
    def _greeted(self) -> bool:
        return self._voice.length >= A_GREETING

    def _beep(self) -> Finding | None:
        burst = self._bursts.all[-1] if self._bursts.all else None
        if burst is None or not self._greeted or not self._is_beep(burst) or burst.end is None:
            return None
        settle = MORE_MAY_COME if is_progress(burst) else 2 * FRAME_MS
        if self.heard_ms - burst.end < settle or (self._voice.begin or 0.0) > burst.start:
            return None
        return Finding(Sound.MACHINE, f"beep of {burst.hz:.0f} Hz for {burst.length:.0f} ms after a greeting", 0.97)

    def _is_beep(self, burst: Burst) -> bool:
        loud = burst.level > self._voice.peak - UNDER_VOICE
        low, low_length = plans.LOW_BEEP
        long = burst.length >= (low_length if burst.hz < low else plans.BEEP_ON[0])
        fits = plans.within(burst.hz, plans.BEEP_HZ) and burst.length <= plans.BEEP_ON[1]
        return loud and long and fits and burst.drift <= plans.BEEP_DRIFT

    def _talk(self) -> Finding | None:
        voice = self._voice
        if not self._spoken or voice.begin is None:
            return None
        end = voice.fine_end(voice.end + DROWNED)
        talk, quiet = end - voice.begin, self.heard_ms - end
        if talk >= TOO_LONG_FOR_A_PERSON and voice.length > DENSE * talk and voice.peak > FAR_VOICE:
            return Finding(Sound.MACHINE, f"talks for {talk:.0f} ms without waiting", 0.9)
        if quiet >= wait_after(talk) and not self._tone_now():
            return Finding(Sound.HUMAN, f"greeting of {talk:.0f} ms, then {quiet:.0f} ms of waiting", 0.9)
        return None

    def _tone_now(self) -> bool:
        """A tone is on or begins, or an answer tone's sequel is awaited."""
        burst, weakest = self._bursts.current, self._voice.peak - UNDER_VOICE
        if burst is not None:
            return burst.level > weakest
        pending = self._bursts.pending
        if len(pending) >= 2 and pending[-1].level > weakest:
            return True
        return self._fsk.possible or self._unsettled()

    def _unsettled(self) -> bool:
        burst = self._bursts.all[-1] if self._bursts.all else None
        if burst is None or burst.end is None:
            return False
        wait = plans.V21_WITHIN if in_answer_tone([burst]) else plans.LONGEST_BUSY_OFF
        fits = in_answer_tone([burst]) or is_progress(burst)
        return fits and burst.length >= plans.BEEP_ON[0] and self.heard_ms - burst.end <= wait

    def _nothing(self) -> Finding | None:
        if self.heard_ms >= PATIENCE:
            return self._likeliest()
        if self.heard_ms >= SILENCE_AFTER and self._voice.begin is None and not self._bursts.all:
            return self._likeliest()
        return None

    def _likeliest(self) -> Finding:
        data = as_it_stands(self._bursts.all)
        if data:
            return data
        if any(is_progress(burst) for burst in self._bursts.all) and not self._spoken:
            return Finding(Sound.RINGBACK, "a tone, and no cadence yet", 0.5)
        if self.phase == "before_answer":
            return Finding(Sound.UNKNOWN, "nothing that tells", 0.0)
        if self._voice.begin is None and not self._bursts.all and self.heard_ms >= SILENCE_AFTER:
            return Finding(Sound.SILENCE, "nothing was heard", 0.9)
        return Finding(Sound.HUMAN, "nothing tells it from a person", 0.5 if self._spoken else 0.3)

    def _decide(self, finding: Finding) -> Verdict:
        since = self._voice.end if finding.sound is Sound.HUMAN and self._spoken else self._onset()
        latency = max(0, round(self.heard_ms - since))
        self._verdict = Verdict(finding.sound, finding.reason, finding.confidence, self.heard_ms, latency, finding.code)
        return self._verdict

    def _onset(self) -> float:
        begins = [burst.start for burst in self._bursts.all[:1]]
        if self._voice.begin is not None:
            begins.append(self._voice.begin)
        return min(begins, default=0.0)


def wait_after(talk: float) -> float:
    """ms of quiet after a greeting of `talk` ms."""
    part = min(1.0, max(0.0, (talk - SHORT_GREETING) / (LONG_GREETING - SHORT_GREETING)))
    return WAIT_AFTER_SHORT + part * (WAIT_AFTER_LONG - WAIT_AFTER_SHORT)
