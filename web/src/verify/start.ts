import type { Verdict } from "./report";
import type { Trust } from "./verify";
import type { Task, Told } from "./worker";

/** There is no verdict, and why. */
export class NoVerdict extends Error {}

/** Verifies a file beside the page. Aborting ends it. */
export function verifyBeside(file: Blob, trust: Trust, progress: (bytes: number) => void, signal: AbortSignal): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const end = () => {
      worker.terminate();
    };
    signal.addEventListener("abort", () => {
      end();
      reject(new DOMException("left", "AbortError"));
    });
    worker.onmessage = ({ data }: MessageEvent<Told>) => {
      switch (data.kind) {
        case "progress":
          progress(data.bytes);
          return;
        case "verdict":
          resolve(data.verdict);
          break;
        case "unable":
          reject(new NoVerdict(data.why));
          break;
      }
      end();
    };
    worker.onerror = (event) => {
      reject(new NoVerdict(event.message || "the part of the console that verifies could not be loaded"));
      end();
    };
    const task: Task = { file, trust };
    worker.postMessage(task);
  });
}
