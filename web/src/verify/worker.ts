import { type Trust, verify } from "./verify";
import type { Verdict } from "./report";

// Verifies in a thread of its own, so that the page stays usable meanwhile.

export interface Task {
  file: Blob;
  trust: Trust;
}

export type Told = { kind: "progress"; bytes: number } | { kind: "verdict"; verdict: Verdict } | { kind: "unable"; why: string };

const tell = (told: Told) => {
  self.postMessage(told);
};

self.onmessage = ({ data }: MessageEvent<Task>) => {
  verify(data.file.stream(), data.trust, (bytes) => {
    tell({ kind: "progress", bytes });
  })
    .then((verdict) => {
      tell({ kind: "verdict", verdict });
    })
    .catch((error: unknown) => {
      const known = error instanceof Error;
      tell({ kind: "unable", why: known ? error.message : String(error) });
    });
};
