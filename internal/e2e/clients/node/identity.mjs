// Drives the emulator's managed identities with MSAL for Node. Which form it
// finds is a matter of the environment.
import { ConfidentialClientApplication, ManagedIdentityApplication } from "@azure/msal-node";
import { scenario, world } from "./kit.mjs";

const { apps, identity } = world;
const quick = { disableInternalRetries: true };
const as = (managedIdentityIdParams) => new ManagedIdentityApplication({ managedIdentityIdParams, system: quick });

async function token(params, resource = world.resource) {
  const { accessToken, fromCache, expiresOn } = await as(params).acquireToken({ resource });
  return { token: accessToken, fromCache, expiresOn };
}

await Promise.all([
  scenario("system", () => token()),
  scenario("client id", () => token({ userAssignedClientId: identity.id })),
  scenario("object id", () => token({ userAssignedObjectId: identity.principal })),
  scenario("resource id", () => token({ userAssignedResourceId: identity.resource })),
  scenario("unknown identity", () => token({ userAssignedClientId: world.nowhere })),
  scenario("unknown resource", () => token(undefined, "api://unknown")),
  scenario("source", async () => ({ source: as().getManagedIdentitySource() })),
  scenario("as proof of an app", async () => {
    const client = new ConfidentialClientApplication({
      auth: {
        clientId: apps.api.id, authority: `${world.entra}/${world.tenant}`, knownAuthorities: [new URL(world.entra).host],
        clientAssertion: async () => (await token({ userAssignedClientId: identity.id }, world.exchange)).token,
      },
    });
    const { accessToken } = await client.acquireTokenByClientCredential({ scopes: [world.scopes.graphDefault] });
    return { token: accessToken };
  }),
]);
