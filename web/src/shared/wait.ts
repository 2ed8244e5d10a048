// An expected wait as it is shown, to customers and agents alike.

/** Under two minutes to half minutes, then to whole ones. */
export function rounded(seconds: number): number {
  if (seconds <= 0) return 0;
  return seconds < 120 ? Math.max(30, Math.round(seconds / 30) * 30) : Math.round(seconds / 60) * 60;
}

/** 540 → "9 min", 90 → "1 min 30 s"; of a rounded figure. */
export function figure(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return [minutes && `${minutes} min`, rest && `${rest} s`].filter(Boolean).join(" ");
}
