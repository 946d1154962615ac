// The Graph client for JavaScript, told where this Graph is.
import { createRequire } from "node:module";
import { world } from "./kit.mjs";

export const library = createRequire(import.meta.url)("@microsoft/microsoft-graph-client");

export const connect = (token) => library.Client.init({
  baseUrl: world.graph + "/", customHosts: new Set([new URL(world.graph).hostname]), authProvider: (done) => done(null, token),
});
