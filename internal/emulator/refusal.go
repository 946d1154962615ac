package emulator

import (
	"fmt"
	"net/http"
	"strings"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/reply"
)

// sentence is what Entra says with an AADSTS code.
type sentence struct {
	status   int
	kind     string // OAuth "error"
	text     string
	suberror string
}

// refusal is an error of Entra's: an OAuth error, an AADSTS code and a sentence.
// Clients branch on kind, suberror and claims; the code is for diagnosis.
type refusal struct {
	sentence
	code   int    // AADSTS
	claims string // what a new authorization request must ask for, JSON; empty: nothing
}

// refuse makes the refusal of an AADSTS code, its sentence filled with args.
func refuse(code int, args ...any) *refusal {
	no := &refusal{sentence: refusals[code], code: code}
	no.text = fmt.Sprintf(no.text, args...)
	return no
}

// unsaid stands in sentences that a fault has Entra say, for what they would tell of
// the request.
const unsaid = "…"

// injectedRefusal is the refusal of a code that a fault wants, for no reason of the
// request's own. What a person could still do something about asks for a second
// factor.
func injectedRefusal(code int) *refusal {
	args := make([]any, strings.Count(refusals[code].text, "%"))
	for i := range args {
		args[i] = unsaid
	}
	no := &refusal{sentence: refusals[code], code: code}
	no.text = fmt.Sprintf(strings.ReplaceAll(no.text, "%d", "%s"), args...)
	if no.kind == interactionRequired {
		no.claims = challenge(conditional.Decision{})
	}
	return no
}

const (
	invalidClient  = "invalid_client"
	invalidGrant   = "invalid_grant"
	invalidRequest = "invalid_request"
	invalidScope   = "invalid_scope"

	interactionRequired = "interaction_required"
)

// refusals are the codes the emulator answers with. The sentences are Entra's
// as far as they have been seen; kind and status are what clients act on.
var refusals = map[int]sentence{
	16000: {400, interactionRequired, "Either multiple user identities are available for the current request or selected account is not supported for the scenario.", ""}, // from memory
	28000: {400, invalidScope, "Provided value for the input parameter scope isn't valid because it contains more than one resource. Scope %s isn't valid.", ""},
	50011: {400, invalidRequest, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application.", ""},
	50013: {400, invalidGrant, "Assertion failed signature validation. [Reason - %s]", ""},
	50020: {400, invalidGrant, "User account '%s' from identity provider '%s' does not exist in tenant '%s' and cannot access the application '%s'(%s) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.", ""},
	50027: {401, invalidClient, "JWT token is invalid or malformed.", ""},
	50034: {400, invalidGrant, "The user account %s does not exist in the %s directory. To sign into this application, the account must be added to the directory.", ""},
	50049: {400, "invalid_instance", "Unknown or invalid instance.", ""},
	50050: {400, invalidRequest, "The request is malformed: invalid format for '%s' value.", ""},
	50057: {400, invalidGrant, "The user account is disabled.", ""},
	50058: {400, "login_required", "A silent sign-in request was sent but no user is signed in.", ""},
	50059: {400, invalidRequest, "No tenant-identifying information found in either the request or implied by any provided credentials.", ""},
	50074: {400, interactionRequired, "Strong Authentication is required.", "basic_action"},
	50076: {400, interactionRequired, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '%s'.", "basic_action"},
	50078: {400, interactionRequired, "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '%s'.", "basic_action"}, // sentence from memory
	50079: {400, interactionRequired, "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '%s'.", "basic_action"},
	50097: {400, interactionRequired, "Device authentication is required.", ""},
	50105: {400, invalidGrant, "Your administrator has configured the application %s ('%s') to block users unless they are specifically granted ('assigned') access to the application. The signed in user is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator.", ""},
	50126: {400, invalidGrant, "Error validating credentials due to invalid username or password.", ""},
	50147: {400, invalidRequest, "Invalid size of Code_Challenge parameter.", ""},
	50158: {400, interactionRequired, "External security challenge was not satisfied.", "additional_action"}, // suberror from memory
	50173: {400, invalidGrant, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '%s' and the TokensValidFrom date (before which tokens are not valid) for this user is '%s'.", "bad_token"},
	50194: {400, invalidRequest, "Application '%s'(%s) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.", ""},
	// Who asks the same again and again: 15 times in 5 minutes, Microsoft's page
	// "Breaking changes" says, told apart by a cookie, which clients of the token
	// endpoint do not keep. Here it comes on command.
	50196:   {400, invalidGrant, "The server terminated an operation because it encountered a loop while processing a request.", ""},
	51004:   {400, invalidGrant, "The user account %s does not exist in the %s directory. To sign into this application, the account must be added to the directory.", ""},
	53000:   {400, interactionRequired, "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.", "additional_action"}, // suberror from memory
	53003:   {400, invalidGrant, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", "message_only"},                                                                                                                            // suberror from memory
	54005:   {400, invalidGrant, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.", ""},
	65001:   {400, invalidGrant, "The user or administrator has not consented to use the application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource.", "consent_required"},
	65004:   {400, "access_denied", "User declined to consent to access the app.", ""},
	70000:   {400, invalidGrant, "Provided grant is invalid or malformed.", ""},
	70003:   {400, "unsupported_grant_type", "The app requested an unsupported grant type '%s'.", ""},
	70005:   {400, "unsupported_response_type", "The response type '%s' is not supported for this request. %s", ""}, // the sentence is not Entra's
	70007:   {400, invalidRequest, "'%s' is not a supported value of 'response_mode' when requesting a token.", ""},
	70008:   {400, invalidGrant, "The provided authorization code or refresh token has expired. Send a new interactive authorization request for this user and resource.", ""},
	70011:   {400, invalidScope, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. %s", ""},
	70016:   {400, "authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling.", ""},
	70017:   {400, "authorization_declined", "OAuth 2.0 device flow error. The end user has denied the authorization request.", ""}, // number and sentence from memory
	70018:   {400, "bad_verification_code", "Invalid verification code due to User typing in wrong user code for device code flow.", ""},
	70019:   {400, "expired_token", "Verification code expired.", ""},
	70020:   {400, "expired_token", "The provided value for the input parameter 'device_code' is not valid. This device code has expired.", ""},
	70021:   {400, invalidGrant, "No matching federated identity record found for presented assertion. Assertion Issuer: '%s'. Assertion Subject: '%s'. Assertion Audience: '%s'. https://docs.microsoft.com/en-us/azure/active-directory/develop/workload-identity-federation", ""},
	70025:   {401, invalidClient, "The client '%s'(%s) has no configured federated identity credentials.", ""},
	70043:   {400, invalidGrant, "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on %s and the maximum allowed lifetime for this request is %d.", "token_expired"},
	82001:   {400, "unauthorized_client", "Agentic application '%s' is not permitted to request app-only tokens for resource '%s'.", ""},
	90002:   {400, "invalid_tenant", "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", ""},
	90014:   {400, invalidRequest, "The required field '%s' is missing from the credential. Ensure that you have all the necessary parameters for the login request.", ""},
	90023:   {400, invalidRequest, "Unsupported 'prompt' value '%s'.", ""}, // number and sentence from memory
	90033:   {503, "temporarily_unavailable", "A transient error has occurred. Please try again.", ""},
	90055:   {429, "temporarily_unavailable", "The server terminated the request because there have been too many of them.", ""},
	90094:   {400, "consent_required", "An administrator of %s has set a policy that prevents you from granting %s the permissions it is requesting. Contact an administrator of %s, who can grant permissions to this app on your behalf.", ""}, // kind and sentence from memory
	90119:   {400, invalidRequest, "The user code is null or empty.", ""},
	90120:   {400, invalidRequest, "The request was already authorized or declined.", ""},
	240002:  {400, invalidGrant, "Input id_token can't be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.", ""},
	500011:  {400, "invalid_resource", "The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", ""},
	500014:  {400, "invalid_resource", "The service principal for resource '%s' is disabled. This indicate that a subscription within the tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing tokens from being issued for it.", ""}, // sentence from memory
	500112:  {401, invalidClient, "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.", ""},
	500113:  {400, invalidRequest, "No reply address is registered for the application.", ""}, // from memory
	500131:  {400, invalidGrant, "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '%s' and the expected audience is '%s' or one of the Application Uris of this application with App ID '%s'. The downstream client must request a token for the expected audience (the application that made the OBO request) and this application should use that token as the assertion.", ""},
	500133:  {400, invalidGrant, "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. Current time: %s, expiry time of assertion %s.", ""},
	500501:  {400, invalidRequest, "Invalid value for 'api-version'.", ""},
	500502:  {400, invalidRequest, "Expected exactly one of 'issuer' and 'authorization_endpoint'.", ""},
	501051:  {400, invalidGrant, "Application '%s'(%s) is not assigned to a role for the application '%s'(%s).", ""},
	501481:  {400, invalidGrant, "The Code_Verifier does not match the code_challenge supplied in the authorization request.", ""},
	501491:  {400, invalidRequest, "Invalid size of Code_Verifier parameter.", ""},
	501661:  {401, invalidClient, "Request to External OIDC endpoint failed.", ""},
	530033:  {400, interactionRequired, "Remote device flow blocked due to device based conditional access.", ""}, // the sentence of sign-in logs; kind from memory
	650053:  {400, invalidScope, "The application '%s' asked for scope '%s' that doesn't exist on the resource '%s'. Contact the app vendor.", ""},
	700016:  {400, "unauthorized_client", "Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", ""},
	700021:  {401, invalidClient, "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .", ""},
	700023:  {401, invalidClient, "Client assertion audience claim does not match Realm issuer. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .", ""}, // number from memory
	700024:  {401, invalidClient, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .", ""},
	700025:  {401, invalidClient, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.", ""},
	700027:  {401, invalidClient, "%s", ""},
	700038:  {400, "unauthorized_client", "%s is not a valid application identifier.", ""},
	700051:  {400, "unsupported_response_type", "response_type 'token' is not enabled for the application.", ""},
	700054:  {400, "unsupported_response_type", "response_type '%s' is not enabled for the application.", ""},
	700082:  {400, invalidGrant, "The refresh token has expired due to inactivity. The token was issued on %s and was inactive for 90.00:00:00.", "bad_token"},
	700084:  {400, invalidGrant, "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on %s.", "bad_token"},
	700211:  {401, invalidClient, "No matching federated identity record found for presented assertion issuer '%s'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation", ""},
	700212:  {401, invalidClient, "No matching federated identity record found for presented assertion audience '%s'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation", ""},
	700213:  {401, invalidClient, "No matching federated identity record found for presented assertion subject '%s'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation", ""},
	700229:  {401, invalidClient, "Only app-only tokens can be used as Federated Identity Credentials for Microsoft Entra issuer.", ""},
	900144:  {400, invalidRequest, "The request body must contain the following parameter: '%s'.", ""},
	900561:  {400, invalidRequest, "The endpoint only accepts POST requests. Received a %s request.", ""}, // from memory
	901002:  {400, invalidRequest, "The 'resource' request parameter is not supported.", ""},
	5002723: {401, invalidClient, "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.", ""},
	5002738: {401, invalidClient, "Invalid JWT token. '%s' is not a supported signature algorithm. Supported signing algorithms are: '%s'", ""},
	7000112: {400, "unauthorized_client", "Application '%s'(%s) is disabled.", ""},
	7000114: {400, invalidGrant, "Application '%s' is not allowed to make application on-behalf-of calls.", ""},
	7000215: {401, invalidClient, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", ""},
	7000218: {401, invalidClient, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", ""},
	7000222: {401, invalidClient, "The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", ""},
	9000411: {400, invalidRequest, "The request is not properly formatted. The parameter '%s' is duplicated.", ""}, // from memory
	9002313: {400, invalidRequest, "Invalid request. Request is malformed or invalid. %s", ""},
	9002325: {400, invalidRequest, "Proof Key for Code Exchange is required for cross-origin authorization code redemption.", ""},
	9002326: {400, invalidRequest, "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '%s'.", ""},
	9002327: {400, invalidRequest, "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.", ""},
	9010010: {400, "invalid_target", "The resource parameter provided in the request doesn't match with the requested scopes.", ""},
}

// withErrorURI are the codes that Entra sends an error_uri with.
var withErrorURI = map[int]bool{
	50013: true, 50034: true, 50049: true, 50057: true, 50076: true, 50079: true, 53003: true, 50126: true, 65001: true, 70003: true, 70011: true,
	50027: true, 70021: true, 90014: true, 700021: true, 700024: true, 700027: true, 5002723: true, 5002738: true, 7000222: true,
	90002: true, 500011: true, 500131: true, 500133: true, 700016: true, 700038: true, 7000215: true, 9010010: true,
}

// unknownTenant is what every endpoint says to a tenant it does not have.
func unknownTenant(name string) *refusal {
	r := refuse(90002, reply.Clip(name))
	r.status = http.StatusBadRequest
	return r
}
