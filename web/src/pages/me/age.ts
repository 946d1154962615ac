import { me as said } from "../../messages/me";

/** How old an answer is, in words. */
export function age(seconds: number): string {
  if (seconds < 5) return said.now;
  if (seconds < 120) return said.seconds(seconds);
  if (seconds < 7200) return said.minutes(Math.floor(seconds / 60));
  return said.hours(Math.floor(seconds / 3600));
}
