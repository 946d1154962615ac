import type { Line } from "./AccessReportView";

/** Hands a text to the person as a file. It never leaves the browser. */
export function save(name: string, type: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}

/** No spreadsheet takes a cell for a formula. */
const cell = (text: string) => `"${(/^[=+\-@\t\r']/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** The lines of a report as a table, CSV by RFC 4180. */
export function tableOf(at: string, lines: Line[]): string {
  const rows = lines.flatMap(({ person, tool }) =>
    tool.rules.map((rule) => [at, person.person, person.name, person.kind, tool.tool, tool.effect, tool.verdict, rule.role, rule.assignment, rule.subjectKind, rule.subject ?? "", rule.evidence?.answer ?? ""]),
  );
  const head = ["at", "person", "name", "kind", "tool", "effect", "verdict", "role", "assignment", "subject_kind", "subject", "evidence"];
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
