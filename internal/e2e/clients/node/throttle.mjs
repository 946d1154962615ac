// Drives the emulator's Microsoft Graph while it turns requests away.
import { scenario, world } from "./kit.mjs";
import { connect, library } from "./connect.mjs";

await scenario("me", async () => ({ id: (await connect(world.tokens.reader).api("/me").get()).id }));

// In a batch the library leaves it to its caller to ask again.
await scenario("batch", async () => {
  const ask = (path) => new Request("https://relative.example" + path);
  const content = new library.BatchRequestContent([{ id: "1", request: ask("/me?$select=id") }, { id: "2", request: ask("/me/transitiveMemberOf") }]);
  const answers = new library.BatchResponseContent(await connect(world.tokens.reader).api("/$batch").post(await content.getContent()));
  return ["1", "2"].map((id) => {
    const answer = answers.getResponseById(id);
    return { status: answer.status, retryAfter: answer.headers.get("retry-after") };
  });
});
