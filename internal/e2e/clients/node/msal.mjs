// Drives the emulator with MSAL for Node: every flow it has for people and apps.
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";
import { scenario, walk, world } from "./kit.mjs";

const { apps, certificate, people, scopes } = world;
const host = new URL(world.entra).host;

const auth = (clientId, more) => ({ clientId, authority: `${world.entra}/${world.tenant}`, knownAuthorities: [host], ...more });
const confidential = (clientId, credential, more) => new ConfidentialClientApplication({ auth: auth(clientId, { ...credential, ...more }) });
const secret = (clientSecret) => ({ clientSecret });
const assertion = (text) => ({ clientAssertion: async () => text });
const certified = { clientCertificate: { thumbprintSha256: certificate.thumbprint, privateKey: certificate.key } };
const certifiedOldWay = { clientCertificate: { thumbprint: certificate.oldThumbprint, privateKey: certificate.key } };
const chained = { clientCertificate: { ...certified.clientCertificate, x5c: certificate.pem } };

// signIn runs the authorization code flow with PKCE for a person.
async function signIn(client, person, scope, more = {}) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const request = { scopes: [scope], redirectUri: world.redirect, state: "from-here" };
  const address = await client.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: "S256", ...more });
  const { answer } = await walk(address, person);
  if (answer.get("state") !== "from-here") throw new Error(`state is lost: ${answer}`);
  return client.acquireTokenByCode({ ...request, code: answer.get("code"), codeVerifier: more.verifier ?? verifier });
}

const web = () => confidential(apps.web.id, secret(apps.web.secret));
const inbound = async (person, scope = scopes.api, more) => (await signIn(web(), person, scope, more)).accessToken;
const tell = ({ accessToken, idTokenClaims, account, fromCache, scopes: granted, expiresOn }) => ({
  token: accessToken, idToken: idTokenClaims, account: account && { home: account.homeAccountId, username: account.username }, fromCache, granted, expiresOn,
});

async function onBehalf(client, oboAssertion, scope = scopes.graph) {
  return tell(await client.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scope] }));
}

async function forItself(client, scope = scopes.apiDefault) {
  return tell(await client.acquireTokenByClientCredential({ scopes: [scope] }));
}

// Detour sends what is meant for Azure to the emulator.
class Detour {
  #send = async (url, options, method) => {
    const response = await fetch(url.replace("https://login.microsoftonline.com/", world.entra + "/"), { method, headers: options?.headers, body: options?.body });
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json() };
  };
  sendGetRequestAsync = (url, options) => this.#send(url, options, "GET");
  sendPostRequestAsync = (url, options) => this.#send(url, options, "POST");
}

const token = await inbound(people.alice);

await Promise.all([
  scenario("code", async () => tell(await signIn(web(), people.alice, scopes.api))),
  scenario("code by form_post", async () => tell(await signIn(web(), people.alice, scopes.api, { responseMode: "form_post" }))),
  scenario("code with a wrong verifier", () => signIn(web(), people.alice, scopes.api, { verifier: "x".repeat(50) })),

  scenario("obo secret", () => onBehalf(confidential(apps.api.id, secret(apps.api.secret)), token)),
  scenario("obo certificate", () => onBehalf(confidential(apps.api.id, certified), token)),
  scenario("obo certificate chain", () => onBehalf(confidential(apps.api.id, chained), token)),
  scenario("obo assertion", () => onBehalf(confidential(apps.api.id, assertion(world.assertions.pod)), token)),
  scenario("obo capable", () => onBehalf(confidential(apps.api.id, secret(apps.api.secret), { clientCapabilities: ["cp1"] }), token)),
  scenario("obo cache", async () => {
    const client = confidential(apps.api.id, secret(apps.api.secret));
    await onBehalf(client, token);
    return onBehalf(client, token);
  }),
  scenario("obo wrong secret", () => onBehalf(confidential(apps.api.id, secret("wrong")), token)),
  scenario("obo wrong subject", () => onBehalf(confidential(apps.api.id, assertion(world.assertions.stranger)), token)),
  scenario("obo without consent", async () => onBehalf(confidential(apps.lone.id, secret(apps.lone.secret)), await inbound(people.alice, scopes.lone))),
  scenario("obo challenge", () => onBehalf(confidential(apps.api.id, secret(apps.api.secret), { clientCapabilities: ["cp1"] }), token, scopes.vault)),
  scenario("obo after a challenge", async () => {
    const client = confidential(apps.api.id, secret(apps.api.secret), { clientCapabilities: ["cp1"] });
    const { claims } = await onBehalf(client, token, scopes.vault).catch((error) => error);
    return onBehalf(client, await inbound(people.alice, scopes.api, { claims }), scopes.vault);
  }),

  scenario("app secret", () => forItself(confidential(apps.daemon.id, secret(apps.daemon.secret)))),
  scenario("app certificate", () => forItself(confidential(apps.daemon.id, certified))),
  scenario("app certificate by SHA-1", () => forItself(confidential(apps.daemon.id, certifiedOldWay))),
  scenario("app assertion", () => forItself(confidential(apps.daemon.id, assertion(world.assertions.pipeline)))),
  scenario("app wrong secret", () => forItself(confidential(apps.daemon.id, secret("wrong")))),
  scenario("app expired secret", () => forItself(confidential(apps.lapsed.id, secret(apps.lapsed.secret)))),
  scenario("app in an unknown tenant", () =>
    forItself(confidential(apps.daemon.id, secret(apps.daemon.secret), { authority: `${world.entra}/${world.nowhere}` }))),
  scenario("app after instance discovery", () =>
    forItself(new ConfidentialClientApplication({
      auth: { clientId: apps.daemon.id, authority: `${world.entra}/${world.tenant}`, clientSecret: apps.daemon.secret },
      system: { networkClient: new Detour() },
    }))),

  scenario("device code", async () => {
    const client = new PublicClientApplication({ auth: auth(apps.desktop.id) });
    let page;
    const result = await client.acquireTokenByDeviceCode({
      scopes: [scopes.api], deviceCodeCallback: (device) => { page = walk(device.verificationUri, people.alice, device.userCode); },
    });
    await page;
    return tell(result);
  }),
  scenario("interactive", async () => {
    const client = new PublicClientApplication({ auth: auth(apps.desktop.id) });
    return tell(await client.acquireTokenInteractive({
      scopes: [scopes.api],
      openBrowser: async (address) => {
        const { leave } = await walk(address, people.alice);
        await fetch(leave.url, { ...leave, redirect: "manual" }); // to MSAL's own little server
      },
    }));
  }),
  scenario("silent", async () => {
    const client = web();
    const { account } = await signIn(client, people.alice, scopes.api);
    return tell(await client.acquireTokenSilent({ account, scopes: [scopes.api] }));
  }),
  scenario("refresh", async () => {
    const client = web();
    const first = await signIn(client, people.alice, scopes.api);
    const next = await client.acquireTokenSilent({ account: first.account, scopes: [scopes.api], forceRefresh: true });
    return { ...tell(next), different: next.accessToken !== first.accessToken };
  }),
  scenario("refresh after sessions ended", async () => {
    const client = web();
    const { account } = await signIn(client, people.rita, scopes.api);
    const ended = await fetch(`${world.entra}/_control/users/${people.rita}`, {
      method: "POST", headers: { authorization: `Bearer ${world.control}` }, body: JSON.stringify({ revoke: true }),
    });
    if (ended.status !== 204) throw new Error(`control answers ${ended.status}`);
    return tell(await client.acquireTokenSilent({ account, scopes: [scopes.api], forceRefresh: true }));
  }),
]);
