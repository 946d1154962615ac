/** Whether a permission name matches a pattern: as the server has it, "*" stands for any run of characters, and a pattern without a prefix is about tools unless it is "*". */
export function matches(pattern: string, name: string): boolean {
  if (name.includes(":") && !pattern.includes(":")) return pattern !== "" && /^\*+$/.test(pattern);
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*")}$`).test(name);
}

/** The patterns that somebody has typed: one a line, or with commas or spaces between them. */
export function patternsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((part) => part !== ""))];
}
