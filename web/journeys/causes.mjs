// The causes of everything that the doctor can find, in an order in which one leads to
// the next: an app registration that is not there, one that is bare, one that is right and
// broken setting by setting, and the shared app.
import assert from "node:assert/strict";

const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10";
const days = (n) => new Date(Date.now() + n * 86_400_000).toISOString();

/** Walks them all. */
export async function walks(scene) {
  const { api, control, options } = scene;
  for (const { oid } of [options.admin, options.operator]) await control(`users/${oid}`, { directoryRoles: [globalAdministrator] });
  const role = await api.post("/roles", { name: "readers", permissions: [{ effect: "allow", patterns: ["whoami"] }] });
  const gone = { kind: "group", value: crypto.randomUUID() };
  await api.post("/assignments", { role: role.id, subject: gone, name: "Sales" }); // taken, as nobody can ask the directory yet
  await bare(scene);
  const app = await theApp(scene);
  await assignments(scene, app, gone.value);
  await registration(scene, app);
  await tokens(scene, app);
  await permissions(scene, app);
  await clients(scene, app);
  await federated(scene, app);
  await secrets(scene, app);
  await elsewhere(scene);
  await checkpoints(scene);
  await shared(scene);
}

/** An app registration that is not there, and one that has nothing but a name. */
async function bare({ api, allow, walk }) {
  await api.connect({ model: "own", clientId: crypto.randomUUID() });
  await allow();
  await walk({ found: { "app.missing": "finds no app registration" }, mend: ([made]) => api.connect({ clientId: made.appId }) });
  await walk({ found: { "principal.missing": "has no service principal" } });
  await walk({ found: { "credential.missing": "has no credential" }, mend: () => api.credential({ kind: "platform_issuer" }) });
  await walk({
    found: {
      "identifier_uri.resource": "lacks", "scope.missing": "access_as_user", "redirect.web": "AADSTS50011", "consent.withdrawn": "never given",
      "groups.claim": "groupMembershipClaims", "claims.idtyp": "include_user_token", "claims.xms_cc": "claims challenge", "claims.acct": "guests", "claims.sid": "session", "claims.acrs": "authentication context",
    },
  });
  await walk({
    found: { "checkpoints.nowhere": "could rewrite the log" }, byHand: ["checkpoints.nowhere"],
    mend: () => api.post("/sinks", { name: "checkpoints", kind: "mailbox", email: "ada@adatum.example" }),
  });
}

/** The registration that there is now, with what it is changed by. */
async function theApp({ entra }) {
  const [app] = (await entra.get("applications")).value;
  const [principal] = (await entra.get("servicePrincipals")).value.filter((one) => one.appId === app.appId);
  return {
    id: app.appId, principal: principal.id,
    read: () => entra.get(`applications/${app.id}`),
    patch: (sent) => entra.patch(`applications/${app.id}`, sent),
    patchPrincipal: (sent) => entra.patch(`servicePrincipals/${principal.id}`, sent),
    password: async () => (await entra.post(`applications/${app.id}/addPassword`, { passwordCredential: { displayName: "of the journey" } })).secretText,
    trusts: async () => (await entra.get(`applications/${app.id}/federatedIdentityCredentials`)).value.map((one) => ({ ...one, path: `applications/${app.id}/federatedIdentityCredentials/${one.id}` })),
    grant: async () => (await entra.get("oauth2PermissionGrants")).value.find((one) => one.clientId === principal.id),
  };
}

async function assignments({ api, allow, walk }, app, group) {
  await walk({
    cause: allow, found: { "assignment.gone": group }, byHand: ["assignment.gone"],
    mend: async (_, [finding]) => {
      const [, path] = /DELETE \/api\/organizations\/adatum(\/assignments\/[0-9a-f-]+)/.exec(finding.lines.join(" "));
      await api.remove(path);
    },
  });
  await walk({ cause: () => app.patchPrincipal({ appRoleAssignmentRequired: true }), found: { "assignment.nobody": "AADSTS50105" } });
}

/** Settings of the app registration that somebody changes. */
async function registration({ api, walk }, app) {
  await walk({ cause: () => app.patchPrincipal({ accountEnabled: false }), found: { "principal.disabled": "refuses everybody" } });
  await walk({ cause: () => app.patch({ signInAudience: "AzureADMultipleOrgs" }), found: { sign_in_audience: "AzureADMultipleOrgs", "publisher.unverified": "single-tenant" } });
  const { api: exposed } = await app.read();
  const scopes = exposed.oauth2PermissionScopes.map((one) => ({ ...one, isEnabled: false }));
  await walk({ cause: () => app.patch({ api: { oauth2PermissionScopes: scopes } }), found: { "scope.disabled": "Disabled" } });
  await walk({ cause: () => api.connect({ apps: "admit" }), found: { "role.missing": "Tools.Execute.All" } });
  const roles = (await app.read()).appRoles.map((one) => ({ ...one, isEnabled: false }));
  await walk({ cause: () => app.patch({ appRoles: roles }), found: { "role.disabled": "tokens do not carry it" } });
  const { optionalClaims: claims } = await app.read();
  const asRoles = { name: "groups", additionalProperties: ["emit_as_roles"] };
  await walk({ cause: () => app.patch({ optionalClaims: { ...claims, accessToken: [...claims.accessToken, asRoles] } }), found: { "groups.as_roles": "emit_as_roles" } });
}

/** What tokens are, and whom they come from. */
async function tokens({ api, control, entra, options, walk }, app) {
  await walk({ cause: () => app.patch({ api: { requestedAccessTokenVersion: 1 } }), found: { "token.version": "version 2 tokens only" } });
  await walk({
    cause: async () => {
      const uri = "api://adatum.example/another";
      const other = await entra.post("applications", { displayName: "Another", identifierUris: [uri] });
      await entra.post("servicePrincipals", { appId: other.appId });
      await api.connect({ resource: uri });
    },
    found: { "token.stale_version": "belongs to another app" }, mend: () => api.connect({ resource: "" }),
  });
  await walk({
    cause: async () => {
      await app.patch({ api: { requestedAccessTokenVersion: 1 } });
      await api.connect({ tokenVersions: "v1v2", v1Audiences: ["api://old"] });
    },
    found: { "token.audience": "api://old" }, mend: () => api.connect({ tokenVersions: "v2", v1Audiences: [] }),
  });
  const { tid } = options.admin;
  for (const [id, claims] of [["token.tenant", { tid: options.operator.tid }], ["token.issuer", { iss: "https://login.microsoftonline.us/x/v2.0" }]]) {
    const [says] = Object.values(claims);
    await walk({ cause: () => control("claims", { tid, claims }), found: { [id]: says }, byHand: [id], mend: () => control("claims", { tid }) });
  }
}

/** What the app may ask Microsoft Graph. */
async function permissions({ api, walk, entra }, app) {
  const agreed = async (scope) => entra.patch(`oauth2PermissionGrants/${(await app.grant()).id}`, { scope });
  const { scope } = await app.grant();
  await walk({ cause: () => agreed("openid User.Read"), found: { "graph_permissions.missing": "GroupMember.Read.All" } });
  await walk({ cause: () => agreed(`${scope} Mail.Read`), found: { "graph_permissions.excess": "Mail.Read" } });
  await walk({ cause: () => api.connect({ background: "application" }), found: { "graph_permissions.background": "User.Read.All" } });
  await walk({ cause: () => api.connect({ background: "delegated" }), found: { "graph_permissions.application": "GroupMember.Read.All" } });
  const { value: held } = await entra.get(`servicePrincipals/${app.principal}/appRoleAssignments`);
  assert.deepEqual(held, [], "the app holds no permission without a person any more");
  await walk({
    cause: () => api.connect({ groupSource: "token_only" }), found: { "groups.source": "read from tokens only" }, byHand: ["groups.source"],
    mend: () => api.connect({ groupSource: "on_behalf_of" }),
  });
}

/** AI apps that sign people in at Entra, with this registration. */
async function clients({ api, control, options, walk }, app) {
  await walk({ cause: () => api.admitEntraTokens(true), found: { "redirect.public": "AADSTS50011", "clients.preauthorized": "asked to consent first" } });
  const { web, publicClient } = await app.read();
  const moved = publicClient.redirectUris.find((uri) => uri.startsWith("https:"));
  const others = publicClient.redirectUris.filter((uri) => uri !== moved);
  await walk({
    cause: () => app.patch({ web: { redirectUris: [...web.redirectUris, moved] }, publicClient: { redirectUris: others } }), found: { "redirect.platform": moved },
  });
  await walk({
    cause: async () => {
      await app.patch({ identifierUris: [`api://${app.id}`] });
      await api.connect({ resource: `api://${app.id}` });
    },
    found: { "identifier_uri.endpoint": "/t/adatum/mcp" }, mend: () => api.connect({ resource: "" }),
  });
  const { tid } = options.admin;
  await walk({
    cause: async () => {
      await control("settings", { tid, userConsent: "disabled" });
      await app.patch({ api: { preAuthorizedApplications: [] } });
    },
    found: { "user_consent.blocked": "AADSTS90094" }, mend: () => control("settings", { tid, userConsent: "allowed" }),
  });
}

async function federated({ entra, walk }, app) {
  const broken = (change) => async () => entra.patch((await app.trusts())[0].path, change);
  await walk({ cause: broken({ issuer: "https://other.example" }), found: { "federated.issuer": "https://other.example" } });
  await walk({ cause: broken({ subject: "org:somebody:else" }), found: { "federated.subject": "org:somebody:else" } });
  await walk({ cause: broken({ audiences: ["api://something"] }), found: { "federated.audience": "api://something" } });
  await walk({ cause: async () => entra.remove((await app.trusts())[0].path), found: { "federated.missing": "None of 0" } });
}

/** Credentials that end. Each is replaced by the one that the finding's command makes. */
async function secrets({ api, options, walk }, app) {
  const enter = ([made]) => api.credential({ kind: "client_secret", secret: made.secretText, expiresAt: made.endDateTime });
  const given = (secret, expiresAt) => api.credential({ kind: "client_secret", secret, expiresAt });
  await walk({ cause: () => given("not the secret", days(100)), found: { "credential.wrong_secret": "AADSTS7000215" }, mend: enter });
  await walk({ cause: async () => given(await app.password(), days(20)), found: { "credential.expiring": "in 19 days" }, mend: enter });
  await walk({
    cause: async () => {
      await given(await app.password(), new Date(Date.now() + 3_000).toISOString());
      await new Promise((ended) => setTimeout(ended, 3_500));
    },
    found: { "credential.expired": "expired on" }, mend: enter,
  });
  await walk({ cause: () => api.credential({ kind: "certificate", certificate: options.certificate }), found: { "credential.wrong_certificate": "AADSTS700027" } });
  await api.credential({ kind: "platform_issuer" });
}

/** Entra of this cloud does not know the directory. */
async function elsewhere({ control, options, walk }) {
  const fault = { endpoint: "token", tid: options.admin.tid };
  await walk({
    cause: () => control("faults", { ...fault, code: 90002 }), found: { "cloud.mismatch": "AADSTS90002" }, byHand: ["cloud.mismatch"], mend: () => control("faults", fault),
  });
}

/** A sink that has failed for long. Hours pass in the database only: nobody can wait for them. */
async function checkpoints({ api, options, walk }) {
  await walk({
    cause: async () => {
      await api.post("/sinks", { name: "archive", kind: "webhook", url: options.nobody });
      const answer = await fetch(options.later, { method: "POST" });
      assert.equal(answer.status, 204, await answer.text());
    },
    found: { "checkpoints.late": "archive fails since" }, byHand: ["checkpoints.late"], mend: () => api.remove("/sinks/archive"),
  });
}

/** The app that the platform shares, which its operator breaks at home. */
async function shared({ api, options, entra, platform, walk }) {
  const [app] = (await platform.get("applications")).value.filter((one) => one.appId === options.shared);
  const redirects = (redirectUris) => platform.patch(`applications/${app.id}`, { web: { redirectUris } });
  const enter = () => walk({ found: { "principal.missing": "has no service principal" } });
  const consent = () => walk({ found: { "consent.withdrawn": "never given" } });
  await redirects(app.web.redirectUris.filter((uri) => uri.endsWith("/auth/consent")));
  await api.admitEntraTokens(false);
  await api.connect({ model: "shared" });
  await enter();
  await consent();
  await walk({
    cause: () => platform.post(`applications/${app.id}/unsetVerifiedPublisher`, {}),
    found: { "publisher.unverified": "multi-tenant", "redirect.shared": "AADSTS50011" }, byHand: ["publisher.unverified", "redirect.shared"],
    mend: async () => {
      await platform.post(`applications/${app.id}/setVerifiedPublisher`, { verifiedPublisherId: "1234567" });
      await redirects(app.web.redirectUris);
      const [copy] = (await entra.get("servicePrincipals")).value.filter((one) => one.appId === options.shared);
      await entra.remove(`servicePrincipals/${copy.id}`); // a directory learns of redirect URIs when it consents
    },
  });
  await enter();
  await consent();
}
