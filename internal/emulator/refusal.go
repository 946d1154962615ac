package emulator

import (
	"fmt"
	"net/http"
)

// refusal is an error of Entra's: an OAuth error, an AADSTS code and a sentence.
// Clients branch on kind, suberror and claims; the code is for diagnosis.
type refusal struct {
	status   int
	kind     string // OAuth "error"
	code     int    // AADSTS
	text     string
	suberror string
}

// refuse makes the refusal of an AADSTS code, its sentence filled with args.
func refuse(code int, args ...any) *refusal {
	known := refusals[code]
	return &refusal{
		status: known.status, kind: known.kind, code: code,
		text: fmt.Sprintf(known.text, args...), suberror: known.suberror,
	}
}

const (
	invalidClient  = "invalid_client"
	invalidGrant   = "invalid_grant"
	invalidRequest = "invalid_request"
	invalidScope   = "invalid_scope"
)

// refusals are the codes the emulator answers with. The sentences are Entra's
// as far as they have been seen; kind and status are what clients act on.
var refusals = map[int]refusal{
	28000:   {400, invalidScope, 28000, "Provided value for the input parameter scope isn't valid because it contains more than one resource. Scope %s isn't valid.", ""},
	50011:   {400, invalidRequest, 50011, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application.", ""},
	50013:   {400, invalidGrant, 50013, "Assertion failed signature validation. [Reason - %s]", ""},
	50034:   {400, invalidGrant, 50034, "The user account %s does not exist in the %s directory. To sign into this application, the account must be added to the directory.", ""},
	50049:   {400, "invalid_instance", 50049, "Unknown or invalid instance.", ""},
	50057:   {400, invalidGrant, 50057, "The user account is disabled.", ""},
	50058:   {400, "login_required", 50058, "A silent sign-in request was sent but no user is signed in.", ""},
	50059:   {400, invalidRequest, 50059, "No tenant-identifying information found in either the request or implied by any provided credentials.", ""},
	50105:   {400, invalidGrant, 50105, "Your administrator has configured the application %s ('%s') to block users unless they are specifically granted ('assigned') access to the application. The signed in user is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator.", ""},
	50126:   {400, invalidGrant, 50126, "Error validating credentials due to invalid username or password.", ""},
	50147:   {400, invalidRequest, 50147, "Invalid size of Code_Challenge parameter.", ""},
	50173:   {400, invalidGrant, 50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '%s' and the TokensValidFrom date (before which tokens are not valid) for this user is '%s'.", "bad_token"},
	54005:   {400, invalidGrant, 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.", ""},
	65001:   {400, invalidGrant, 65001, "The user or administrator has not consented to use the application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource.", "consent_required"},
	65004:   {400, "access_denied", 65004, "User declined to consent to access the app.", ""},
	70000:   {400, invalidGrant, 70000, "Provided grant is invalid or malformed.", ""},
	70003:   {400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", ""},
	70008:   {400, invalidGrant, 70008, "The provided authorization code or refresh token has expired. Send a new interactive authorization request for this user and resource.", ""},
	70011:   {400, invalidScope, 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. %s", ""},
	90002:   {400, "invalid_tenant", 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", ""},
	90033:   {503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.", ""},
	90055:   {429, "temporarily_unavailable", 90055, "The server terminated the request because there have been too many of them.", ""},
	240002:  {400, invalidGrant, 240002, "Input id_token can't be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.", ""},
	500011:  {400, "invalid_resource", 500011, "The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", ""},
	500112:  {401, invalidClient, 500112, "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.", ""},
	500131:  {400, invalidGrant, 500131, "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '%s' and the expected audience is '%s' or one of the Application Uris of this application with App ID '%s'. The downstream client must request a token for the expected audience (the application that made the OBO request) and this application should use that token as the assertion.", ""},
	500133:  {400, invalidGrant, 500133, "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. Current time: %s, expiry time of assertion %s.", ""},
	501051:  {400, invalidGrant, 501051, "Application '%s'(%s) is not assigned to a role for the application '%s'(%s).", ""},
	501481:  {400, invalidGrant, 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.", ""},
	501491:  {400, invalidRequest, 501491, "Invalid size of Code_Verifier parameter.", ""},
	650053:  {400, invalidScope, 650053, "The application '%s' asked for scope '%s' that doesn't exist on the resource '%s'. Contact the app vendor.", ""},
	700016:  {400, "unauthorized_client", 700016, "Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", ""},
	700025:  {401, invalidClient, 700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.", ""},
	700038:  {400, "unauthorized_client", 700038, "%s is not a valid application identifier.", ""},
	700054:  {400, "unsupported_response_type", 700054, "response_type '%s' is not enabled for the application.", ""},
	700082:  {400, invalidGrant, 700082, "The refresh token has expired due to inactivity. The token was issued on %s and was inactive for 90.00:00:00.", "bad_token"},
	700084:  {400, invalidGrant, 700084, "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on %s.", "bad_token"},
	900144:  {400, invalidRequest, 900144, "The request body must contain the following parameter: '%s'.", ""},
	7000114: {400, invalidGrant, 7000114, "Application '%s' is not allowed to make application on-behalf-of calls.", ""},
	7000215: {401, invalidClient, 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", ""},
	7000218: {401, invalidClient, 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", ""},
	9002313: {400, invalidRequest, 9002313, "Invalid request. Request is malformed or invalid. %s", ""},
	9002325: {400, invalidRequest, 9002325, "Proof Key for Code Exchange is required for cross-origin authorization code redemption.", ""},
	9002326: {400, invalidRequest, 9002326, "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '%s'.", ""},
	9002327: {400, invalidRequest, 9002327, "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.", ""},
	9010010: {400, "invalid_target", 9010010, "The resource parameter provided in the request doesn't match with the requested scopes.", ""},
}

// looked are the codes with a page at error_uri.
var looked = map[int]bool{
	50013: true, 50034: true, 50057: true, 50126: true, 65001: true, 70003: true, 70011: true,
	90002: true, 500011: true, 500131: true, 500133: true, 700016: true, 700038: true, 7000215: true, 9010010: true,
}

// unknownTenant is what every endpoint says to a tenant it does not have.
func unknownTenant(name string) *refusal {
	r := refuse(90002, clip(name))
	r.status = http.StatusBadRequest
	return r
}

// clip keeps what a caller sent short enough to be said back.
func clip(s string) string {
	if len(s) > 256 {
		return s[:256]
	}
	return s
}
