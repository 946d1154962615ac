import { count } from "./common";

/** Of the box in which somebody of the directory is chosen. */
export const people = {
  label: "Person",
  hint: "Type the beginning of a name or user name, or paste an object ID.",
  guest: "Guest",
  missing: "Choose somebody, or paste their object ID.",
  searching: "Searching the directory…",
  none: (text: string) => `Nobody has a name or user name that begins with “${text}”.`,
  found: (n: number) => count(n, "person", "people"),
  useId: (id: string) => `Use object ID ${id}`,
  chosen: (id: string) => `Object ID ${id}`,
  consent: "The directory cannot be searched yet",
  consentText: "Gatehouse searches people as you, and you have not agreed to that. Agree in another tab and try again, or paste the person’s object ID from the Entra admin center.",
  agree: "Let Gatehouse search as me",
  failed: "The directory cannot be asked",
  failedText: "Paste the person’s object ID from the Entra admin center.",
} as const;
