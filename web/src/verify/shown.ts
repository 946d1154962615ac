// What a screen acts on, reorders or leaves out: docs/audit-format.md, "The verdict".
const ranges =
  "0-1f 7f-9f ad 34f 600-605 61c 6dd 70f 890-891 8e2 115f-1160 17b4-17b5 180b-180f 200b-200f 2028-202e 2060-206f 3164 fe00-fe0f feff ffa0 fff0-fffb 110bd 110cd 13430-1343f 1bca0-1bca3 1d173-1d17a e0000-e0fff"
    .split(" ")
    .map((range) => range.split("-").map((end) => parseInt(end, 16)));

/** Spells such characters out. */
export function shown(line: string): string {
  return Array.from(line, (char) => {
    const code = char.codePointAt(0) ?? 0;
    const acts = ranges.some(([from = 0, to = from]) => from <= code && code <= to);
    return acts ? `<${code.toString(16)}>` : char;
  }).join("");
}
