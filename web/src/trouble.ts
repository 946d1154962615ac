import { ApiError } from "./api/problem";
import { messages } from "./messages/common";
import type { Trouble } from "./ui/Failure";

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");

/** Puts an error of the management API into words. */
export function troubleOf(error: unknown): Trouble {
  const said = messages.failure;
  if (!(error instanceof ApiError)) return { title: said.crashedTitle, text: said.crashed };
  const { cause } = error;
  switch (cause.kind) {
    case "offline":
      return { title: said.offlineTitle, text: said.offline };
    case "odd":
      return { title: `${said.offlineTitle} (${cause.status})`, text: said.odd, reference: cause.id };
    case "long":
      return { title: said.longTitle, text: said.long(cause.most) };
    case "problem": {
      const { problem } = cause;
      const signIn = problem.status === 401;
      return {
        title: signIn ? said.signedOut : problem.title,
        text: signIn ? said.signedOutText : sentence(problem.detail),
        details: problem.errors?.map((wrong) => `${wrong.location ?? ""}: ${wrong.message}`.replace(/^: /, "")),
        reference: problem.instance.replace(/^urn:uuid:/, ""),
        signIn,
      };
    }
  }
}
