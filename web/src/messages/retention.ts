import { count } from "./common";

const months = (n: number) => count(n, "month", "months");
const days = (n: number) => count(n, "day", "days");

export const retention = {
  title: "Retention",
  kept: "The log is kept for",
  months: (n: number) => `the present month and ${months(n)} before it`,
  bodies: "Bodies of calls are kept for",
  days,
  first: "First record that is still there",
  edit: "Edit retention",

  waits: "The log will be kept for a shorter time",
  waitsText: (from: string, shorter: number, oldest: string, longer: number) => `On ${from} the records before ${oldest} are removed for good. From then on the log is kept for the present month and ${months(shorter)} before it, until then for ${months(longer)} before it.`,
  keep: (longer: number) => `Keep ${months(longer)}`,
  bodiesWait: "Bodies of calls will be kept for a shorter time",
  bodiesWaitText: (from: string, shorter: number, longer: number) => `On ${from} bodies that are older than ${days(shorter)} are removed for good. Until then it is ${days(longer)}.`,
  keepDays: (longer: number) => `Keep ${days(longer)}`,
  keepTitle: (organization: string) => `Take back the shortening for ${organization}?`,
  keepTexts: ["The longer time holds again at once, and nothing is removed that it keeps.", "The log has who did it, and the contacts are told."],
  keepAction: "Keep the log longer",
  keepDaysAction: "Keep bodies longer",
  tookBack: "The longer time holds again",

  dialogTitle: (organization: string) => `Retention of ${organization}`,
  monthsLabel: "Months before the present one",
  monthsHint: "1 to 120. Months are those of UTC.",
  monthsWrong: "Enter a whole number from 1 to 120.",
  daysLabel: "Days that bodies of calls are kept",
  daysHint: "1 to 3,650, but never longer than their records.",
  daysWrong: "Enter a whole number from 1 to 3,650.",
  goes: "What will be gone",
  goesFrom: (from: string, oldest: string) => `On ${from} the records before ${oldest} are removed for good, and each month one month more.`,
  counting: "Counting the records…",
  counted: (gone: number, all: number, part: boolean) => {
    if (gone === 0) return part ? "None of the records that were counted is that old." : `None of the ${count(all, "record", "records")} that are there now is that old.`;
    const least = part ? "At least " : "";
    return `${least}${count(gone, "record", "records")} of ${all.toLocaleString("en-US")} that are there now ${gone === 1 ? "is" : "are"} that old.`;
  },
  uncounted: (all: number) => `The log has ${count(all, "record", "records")}. How many of them are that old, an owner sees here: counting them is reading the log.`,
  notCounted: "They could not be counted.",
  bodiesGo: (from: string, oldest: string) => `On ${from} the bodies of calls before ${oldest} are removed for good, and each day one day more.`,
  held: "There is a legal hold. What it is about stays, whatever is said here.",
  until: "Until then any admin takes it back, on this page. The contacts are told at once.",
  typed: (organization: string) => `To confirm, type ${organization}`,
  typedWrong: (organization: string) => `Type ${organization}, as it is written.`,
  saved: "The retention was changed",
  shortened: "A shorter time holds in seven days, and can be taken back until then.",
} as const;
