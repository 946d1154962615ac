import { useState } from "react";

/** What a form holds, and how one part of it changes. */
export function useFields<F extends object>(initial: F | (() => F)) {
  const [fields, setFields] = useState<F>(initial);
  const to =
    <K extends keyof F>(key: K) =>
    (value: F[K]) => {
      setFields((before) => ({ ...before, [key]: value }));
    };
  return [fields, to] as const;
}

/** The lines of a text that have something in them. */
export const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** A number that was typed; undefined where nothing was. */
export const numberOf = (text: string) => (text.trim() === "" ? undefined : Number(text));

/** What was typed, or nothing. */
export const textOf = (text: string) => (text.trim() === "" ? undefined : text.trim());

/** The end of a day, here, of a date input; undefined where there is none. */
export const endOf = (day: string) => (day === "" ? undefined : new Date(`${day}T23:59:59`).toISOString());

/** The day of a point in time, here, for a date input. */
export function dayOf(at: string | undefined): string {
  if (at === undefined) return "";
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text can be an object ID of the directory. */
export const isObjectId = (text: string) => guid.test(text.trim());
