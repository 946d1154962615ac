package entra

// Trouble is what a refusal is about, as precisely as its number tells. Numbers
// are for explanations: Microsoft changes them without notice, so nothing that
// admits or refuses may depend on a Trouble.
type Trouble string

// The troubles of credentials, registrations and grants.
const (
	UnknownTrouble       Trouble = ""
	WrongSecret          Trouble = "wrong_secret"
	ExpiredSecret        Trouble = "expired_secret"
	MissingCredential    Trouble = "missing_credential"    // the app must prove itself and did not
	WrongCertificate     Trouble = "wrong_certificate"     // not registered, expired, or a signature that is not its own
	AssertionTime        Trouble = "assertion_time"        // the assertion is too old or too new: the clock
	FederationIssuer     Trouble = "federation_issuer"     // no federated credential names the issuer
	FederationAudience   Trouble = "federation_audience"   // none names the audience
	FederationSubject    Trouble = "federation_subject"    // none names the subject
	FederationMismatch   Trouble = "federation_mismatch"   // one of the three
	FederationUnreadable Trouble = "federation_unreadable" // Entra cannot read the issuer's documents
	AppNotFound          Trouble = "app_not_found"         // no such app registration in the tenant
	AppDisabled          Trouble = "app_disabled"
	NoServicePrincipal   Trouble = "no_service_principal" // the app has none in the tenant: nobody consented yet
	ResourceNotFound     Trouble = "resource_not_found"   // the API has no service principal in the tenant
	TenantNotFound       Trouble = "tenant_not_found"
	ConsentMissing       Trouble = "consent_missing"
	AdminConsentMissing  Trouble = "admin_consent_missing"  // people may not consent themselves
	ConsentDeclined      Trouble = "consent_declined"       // somebody was asked and said no
	NotAssigned          Trouble = "not_assigned"           // assignment required: the person or the app has none
	WrongRedirect        Trouble = "wrong_redirect"         // the redirect URI is not registered
	WrongScope           Trouble = "wrong_scope"            // the resource has no such permission
	SingleTenantApp      Trouble = "single_tenant_app"      // the app is not open to other tenants
	GuestNotInTenant     Trouble = "account_not_in_tenant"  // the account is of another tenant and no guest
	PublicClientMismatch Trouble = "public_client_mismatch" // a public client sent a proof
)

// troubles follows Microsoft, "Microsoft Entra authentication and authorization
// error codes", and for numbers that are not there what Entra has been seen to
// say.
var troubles = map[int]Trouble{
	7000215: WrongSecret, 7000222: ExpiredSecret, 7000218: MissingCredential, 7000216: MissingCredential,
	700027: WrongCertificate, 7000272: WrongCertificate, 700021: WrongCertificate, 700023: WrongCertificate,
	700024: AssertionTime,
	700211: FederationIssuer, 700212: FederationAudience, 700213: FederationSubject, 70021: FederationMismatch, 70025: FederationMismatch,
	50166: FederationUnreadable, 501661: FederationUnreadable,
	700016: AppNotFound, 700038: AppNotFound, 7000112: AppDisabled, 7000229: NoServicePrincipal,
	500011: ResourceNotFound, 500014: ResourceNotFound, 7000114: AppDisabled,
	90002: TenantNotFound, 65001: ConsentMissing, 90094: AdminConsentMissing, 65004: ConsentDeclined,
	501051: NotAssigned, 50105: NotAssigned, 50011: WrongRedirect, 70011: WrongScope, 650053: WrongScope,
	50194: SingleTenantApp, 50020: GuestNotInTenant, 700025: PublicClientMismatch,
}

// Trouble says what the refusal is about, UnknownTrouble if its number is not
// known.
func (e *TokenError) Trouble() Trouble { return troubles[e.Code] }
