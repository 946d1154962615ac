// What a client has done, for whoever started it. A job, the first argument, says
// where to go: endpoint, desk, tool, stronger, which needs a further scope, perhaps
// strict, which needs a stronger sign-in, era,
// perhaps clientId, and words, which a reply of tool has to hold.

export const job = () => JSON.parse(process.argv[2]);

export function reports(job) {
  const did = [];
  const failed = {};
  let tools = [];
  return {
    // step takes a step and returns whether it worked.
    async step(name, take) {
      try {
        await take();
        did.push(name);
        return true;
      } catch (error) {
        failed[name] = explained(error);
        return false;
      }
    },
    // said holds a reply to being one of the person's own tools.
    said(reply) {
      const text = reply.content?.[0]?.text ?? "";
      if (reply.isError || !job.words.some((words) => text.includes(words))) throw new Error(`the reply is ${JSON.stringify(reply)}`);
    },
    listed(offered) {
      tools = offered.map((tool) => tool.name).sort();
    },
    print(more) {
      console.log(JSON.stringify({ did, failed, tools, ...more }));
    },
  };
}

// explained is an error with its causes.
function explained(error) {
  const parts = [];
  for (let e = error; e && parts.length < 5; e = e.cause) parts.push(`${e.name ?? ""} ${e.message ?? e}`);
  return parts.join(" < ");
}
