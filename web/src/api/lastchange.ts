import { answer, client } from "./client";

export interface LastChange {
  who: string;
  at: string;
}

/** Records of changes that are looked through. */
const looked = 10;

/** Who changed the thing with an id last, as the log has it; nothing where it does not tell, or does not tell yet. */
export async function lastChangeOf(org: string, id: string): Promise<LastChange | undefined> {
  try {
    const { items } = await answer(client.GET("/api/organizations/{org}/log/records", { params: { path: { org }, query: { kind: ["config_change"], limit: looked } } }));
    for (const { fields } of items) {
      const { before, after, actor_name: who, at } = fields;
      const about = [before, after].some((text) => typeof text === "string" && text.includes(id));
      if (about && typeof who === "string" && typeof at === "string") return { who, at };
    }
  } catch {
    return undefined; // it is said without a name then
  }
  return undefined;
}
