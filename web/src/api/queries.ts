import { notifyManager, QueryClient } from "@tanstack/react-query";
import { statusOf } from "./problem";

/** What was refused is not asked again by itself; what could not be answered is, once. */
const again = (times: number, error: Error) => times < 1 && (statusOf(error) === 0 || statusOf(error) >= 500);

export const queries = new QueryClient({ defaultOptions: { queries: { retry: again, staleTime: 15_000 } } });

// A button that has been pressed is shown so before the next press can be: a double
// click presses once.
notifyManager.setScheduler(queueMicrotask);
