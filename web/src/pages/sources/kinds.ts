import type { NewSource } from "../../api/sources";
import { sources as said } from "../../messages/sources";

/** What somebody has typed of a new source. */
export interface Draft {
  name: string;
  title: string;
  url: string;
}

export type Field = keyof Draft;

/** A kind of source: what it is, what it asks for, and what is sent. Others become further rows. */
export interface Kind {
  id: string;
  text: string;
  hint: string;
  fields: readonly Field[];
  problems: (draft: Draft) => Partial<Record<Field, string>>;
  settings: (draft: Draft) => NewSource;
}

const named = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

const isAddress = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const mcp: Kind = {
  id: "mcp",
  text: said.kinds.mcp,
  hint: said.kinds.mcpHint,
  fields: ["name", "title", "url"],
  problems: ({ name, url }) => ({
    ...(!named.test(name) && { name: said.adding.nameWrong }),
    ...(!isAddress(url) && { url: said.adding.urlWrong }),
  }),
  settings: ({ name, title, url }) => ({ name, url, ...(title && { title }) }),
};

export const kinds: readonly [Kind, ...Kind[]] = [mcp];
