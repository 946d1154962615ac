export const revoking = {
  revoke: "Revoke",
  reason: "Reason",
  reasonHint: "For the log, and for whoever looks at this later.",
  cutOff: (at: string) => `Revoked ${at}`,
  cutOffText: "What was issued before is refused.",
  by: "By",
  why: "Reason:",
} as const;
