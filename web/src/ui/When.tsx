const full = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeStyle: "short" });
const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" });

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** How long ago it was, for a week; the day, before that. */
export function ago(at: string, now: number): string {
  const passed = now - Date.parse(at);
  if (passed > 7 * 86_400_000) return day.format(new Date(at));
  for (const [unit, length] of units) {
    if (passed >= length) return relative.format(-Math.floor(passed / length), unit);
  }
  return relative.format(0, "second");
}

/** A point in time, with the whole of it for whoever hovers or reads aloud. */
export function When({ at, now }: { at: string; now: number }) {
  return (
    <time dateTime={at} title={full.format(new Date(at))}>
      {ago(at, now)}
    </time>
  );
}
