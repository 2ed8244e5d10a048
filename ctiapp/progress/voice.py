"""Who speaks when: voice by its level over the noise and under its own peaks.

The whole past is judged anew whenever the threshold moves: babble or music heard before the voice is not taken for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ctiapp.progress.spectrum import FRAME_MS

QUIETEST = -50
"""dB against full scale. Speech arrives at -15 to -40 dBm0, comfort noise lies below -54: practice, no standard."""
UNDER_PEAK = 17
"""dB. Voice's weak sounds lie 15 to 20 dB under its peaks; what is weaker is talk or music in the background."""
UNDER_TONE = 20
OVER_NOISE = 6
FAR_UNDER_PEAK = 30
OVER_MOST_NOISE = 4
"""dB over what nine tenths of the frames before the first word stay under."""
WEAK_SOUND = 2
"""Frames."""
NOISE_SHARE = 0.1
"""The tenth part of all frames that is quietest tells the noise, if there has been any pause."""
PEAK_FRAMES = 4
STRONGER = 4
"""dB over the threshold that a sound reaches somewhere."""
TAIL = 200.0
"""ms."""
SHORTEST_SOUND = 3
"""Frames (60 ms); clicks are shorter."""
BOTTOM = -90


class Voice:
    """`begin`, `end`: ms, of all speech so far; `length`: of the sounds in it."""

    def __init__(self) -> None:
        self._levels: list[int] = []
        self._tones: list[bool] = []
        self._count = [0] * (-BOTTOM + 1)
        self._threshold = 0
        self._loudest_tone = BOTTOM
        self._forget()

    def _forget(self) -> None:
        self.begin: float | None = None
        self.end = 0.0
        self.length = 0.0
        self._run = 0
        self._strongest = BOTTOM
        self._counts = False

    def hear(self, level: float) -> None:
        level = max(BOTTOM, min(0, round(level)))
        self._levels.append(level)
        self._tones.append(False)
        self._count[level - BOTTOM] += 1
        self._judge_all_if_needed()

    def mark_tone(self, begin: float, end: float, level: float) -> None:
        """What lies between was a tone. What is far weaker than the tone is no voice but the noise behind it."""
        self._loudest_tone = max(self._loudest_tone, round(level))
        changed = False
        for index in range(max(0, int(begin // FRAME_MS)), min(len(self._tones), -int(-end // FRAME_MS))):
            if not self._tones[index]:
                self._tones[index] = changed = True
                self._count[self._levels[index] - BOTTOM] -= 1
        if changed:
            self._threshold = 0
            self._judge_all_if_needed()

    @property
    def peak(self) -> int:
        return self._down_to(PEAK_FRAMES)

    def fine_end(self, latest: float) -> float:
        """Like `end`, with the last weak sounds that the noise leaves to be heard, up to `latest` ms."""
        threshold = self._fine_threshold()
        last, run = int(self.end // FRAME_MS), 0
        for index in range(min(len(self._levels), int(latest // FRAME_MS)) - 1, last - 1, -1):
            run = run + 1 if self._levels[index] >= threshold and not self._tones[index] else 0
            if run == WEAK_SOUND:
                return float((index + WEAK_SOUND) * FRAME_MS)
        return self.end

    def _fine_threshold(self) -> int:
        first = int((self.begin or 0) // FRAME_MS)
        before = sorted(self._levels[: max(0, first - WEAK_SOUND)])
        noise = before[int(len(before) * 0.9)] if before else self._noise()
        return max(QUIETEST - 5, self.peak - FAR_UNDER_PEAK, noise + OVER_MOST_NOISE)

    def _judge_all_if_needed(self) -> None:
        threshold = max(QUIETEST, self.peak - UNDER_PEAK, self._noise() + OVER_NOISE, self._loudest_tone - UNDER_TONE)
        first = len(self._levels) - 1
        if threshold != self._threshold:
            self._threshold, first = threshold, 0
            self._forget()
        for index in range(first, len(self._levels)):
            self._judge(index)

    def _judge(self, index: int) -> None:
        level = self._levels[index]
        if self._tones[index] or level < self._threshold:
            self._run, self._counts = 0, False
            return
        self._run += 1
        self._strongest = level if self._run == 1 else max(level, self._strongest)
        if self._counts:
            self._add(index, 1)
        elif self._run >= SHORTEST_SOUND and self._is_voice(index):
            self._counts = True
            self._add(index, self._run)

    def _is_voice(self, index: int) -> bool:
        """A weak sound is one only right after stronger ones; music's single notes and far talk are not."""
        since = (index + 1 - self._run) * FRAME_MS - self.end
        return self._strongest >= self._threshold + STRONGER or (self.begin is not None and since <= TAIL)

    def _add(self, index: int, frames: int) -> None:
        self.length += frames * FRAME_MS
        self.end = float((index + 1) * FRAME_MS)
        if self.begin is None:
            self.begin = self.end - frames * FRAME_MS

    def _noise(self) -> int:
        wanted = NOISE_SHARE * sum(self._count)
        total = 0
        for level, count in enumerate(self._count):
            total += count
            if total > wanted:
                return level + BOTTOM
        return BOTTOM

    def _down_to(self, wanted: int) -> int:
        total = 0
        for level, count in self._from_the_top():
            total += count
            if total >= wanted:
                return level
        return BOTTOM

    def _from_the_top(self) -> Iterator[tuple[int, int]]:
        return ((level + BOTTOM, self._count[level]) for level in range(-BOTTOM, -1, -1))
