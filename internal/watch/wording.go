package watch

import (
	"strings"

	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// effects is what it means for people that Gatehouse cannot be the app.
const effects = "Group memberships are not refreshed and nobody new can sign in through Gatehouse; tools that ask Microsoft 365 or your own APIs for a person fail. " +
	"People who are at work go on until what is known of their groups is too old."

func expirySeverity(c Cause) notify.Severity {
	if c.Stage >= inSevenDays {
		return notify.Critical
	}
	return notify.Warning
}

func expiryWords(c Cause, s setting) words {
	name := credentialName(c.Facts)
	w := words{
		over: "Gatehouse has a " + name + " that is good for more than 30 days, or another credential.",
		url:  s.registration("Credentials"),
		remedy: "Under App registrations > Gatehouse > Certificates & secrets, add a new one, and give it to Gatehouse: the old one stays in use until then, so that nothing stops. " +
			"A federated credential that trusts Gatehouse has no end; it is the better replacement.",
	}
	end := c.Facts.day(factEnd)
	switch {
	case c.Stage == ended && end == "":
		w.title, w.text = "The "+name+" of Gatehouse has expired", "Microsoft Entra ID does not accept the "+name+" of "+s.app()+" any more (AADSTS7000222). "+effects
	case c.Stage == ended:
		w.title, w.text = "The "+name+" of Gatehouse expired on "+end, "Microsoft Entra ID does not accept the "+name+" of "+s.app()+" any more. "+effects
	default:
		w.title, w.text = "The "+name+" of Gatehouse expires on "+end, "From "+c.Facts.moment(factEnd)+" on, Microsoft Entra ID will not accept the "+name+" of "+s.app()+". Then: "+strings.ToLower(effects[:1])+effects[1:]
	}
	return w
}

func consentWords(c Cause, s setting) words {
	return words{
		title: "Consent to Gatehouse was withdrawn",
		text: "Microsoft Entra ID says that nobody has consented to " + s.app() + " any more: so it was for " + c.Facts[factPeople] + " of the " +
			c.Facts[factOf] + " people who were asked about last. Gatehouse cannot learn who is in which group. People whose groups are not known are refused, the first of them within " +
			s.organization.Membership.Hard.String() + ".",
		remedy: "Under Enterprise applications > Gatehouse > Permissions, choose Grant admin consent. Whoever withdrew it is in the Entra audit log, as Remove delegated permission grant.",
		over:   "Consent is there again, and memberships are refreshed.",
		url:    s.enterprise("Permissions"),
	}
}

func federationWords(c Cause, s setting) words {
	conn := s.organization.Connection
	return words{
		title: "The federated credential of Gatehouse does not fit any more",
		text:  "Microsoft Entra ID finds none at " + s.app() + " that fits what Gatehouse presents" + c.Facts.aadsts() + ": it was removed, or its issuer, subject or audience was changed. " + effects,
		remedy: "Under App registrations > Gatehouse > Certificates & secrets > Federated credentials, enter exactly:\n" +
			"Issuer: " + s.Issuer + "\nSubject identifier: " + conn.FederatedSubject(s.organization.ID) + "\nAudience: " + conn.Cloud.TokenExchangeAudience(),
		over: "Microsoft Entra ID accepts the federated credential again.",
		url:  s.registration("Credentials"),
	}
}

// refusals says of error numbers of Entra what is wrong and where it is mended
// (Microsoft, "Microsoft Entra authentication and authorization error codes").
var refusals = map[string]struct{ is, remedy, page string }{
	"700016":  {"there is no such app registration, or it has no enterprise application in your directory", "Look under App registrations > Deleted applications and restore it; or connect another one.", ""},
	"7000112": {"the app is disabled", "Under Enterprise applications > Gatehouse > Properties, set Enabled for users to sign-in to Yes.", "Properties"},
	"7000215": {"the client secret is not one of the app's", "Under App registrations > Gatehouse > Certificates & secrets, add a client secret and give its Value, not its Secret ID, to Gatehouse.", "Credentials"},
	"700027":  {"the certificate is not one of the app's", "Under App registrations > Gatehouse > Certificates & secrets > Certificates, upload the certificate that Gatehouse has, or give Gatehouse another one.", "Credentials"},
	"90002":   {"there is no such directory in this cloud", "See that the directory still exists, and that the connection names the right cloud.", ""},
	"5000224": {"the directory is blocked", "Ask Microsoft support why the directory is blocked.", ""},
}

func refusedWords(c Cause, s setting) words {
	w := words{
		title:  "Microsoft Entra ID refuses Gatehouse",
		text:   "It gives no token to " + s.app() + c.Facts.aadsts() + ". " + effects,
		remedy: s.doctor(),
		over:   "Microsoft Entra ID gives Gatehouse tokens again.",
		url:    s.registration("Overview"),
	}
	known, ok := refusals[c.Facts[factCode]]
	if !ok {
		return w
	}
	w.title += ": " + known.is
	w.remedy = known.remedy + " " + w.remedy
	switch known.page {
	case "Credentials":
		w.url = s.registration(known.page)
	case "Properties":
		w.url = s.enterprise(known.page)
	}
	if !s.own() {
		w.url = s.enterprise("Properties")
	}
	return w
}

func delayedWords(c Cause, s setting) words {
	return words{
		title: "Group memberships are not refreshed",
		text: "For " + c.Facts[factPeople] + " of the " + count(c.Facts[factOf], "person", "people") + " who are at work, Microsoft Graph has not answered since " + c.Facts.moment(factSince) +
			" or later. Who leaves a group meanwhile keeps its tools, for " + s.organization.Membership.Hard.String() + " at most; after that, people whose groups are not known are refused.",
		remedy: "See whether Microsoft reports an incident of Microsoft Entra or Microsoft Graph under Microsoft 365 admin center > Health > Service health. Gatehouse goes on asking by itself.",
		over:   "Memberships are refreshed as often as they should be.",
		url:    serviceHealth[s.organization.Connection.Cloud],
	}
}

// serviceHealth is where Microsoft says how its services do.
var serviceHealth = map[tenants.Cloud]string{
	tenants.PublicCloud: "https://admin.microsoft.com/#/servicehealth",
	tenants.USGovCloud:  "https://portal.office365.us/#/servicehealth",
	tenants.ChinaCloud:  "https://portal.partner.microsoftonline.cn/#/servicehealth",
}

func sourceWords(c Cause, s setting) words {
	name := named(c.Facts)
	since := "It has never answered"
	if at := c.Facts.moment(factSince); at != "" {
		since = "It last answered on " + at
	}
	return words{
		title:  "The source " + name + " fails",
		text:   since + "; when it was last asked: " + strings.TrimRight(c.Facts[factWhy], ".") + ". Calls of its tools fail, and changes of what it offers are not seen.",
		remedy: "Ask whoever runs the server. Tools > Sources > " + c.Facts[factName] + " has its URL and its credential, says how it does, and asks it again.",
		over:   unlessUnused(c.Facts, "The source "+name+" answers again."),
		url:    s.console("tools/sources/" + c.Facts[factName]),
	}
}

func pendingWords(c Cause, s setting) words {
	name, n := named(c.Facts), c.Facts[factOf]
	return words{
		title:  "The source " + name + " has " + count(n, "definition", "definitions") + " pending review",
		text:   "The source offers something new, or something that was approved has changed. Nobody gets it before an admin has looked at it; what was approved before is served as it was.",
		remedy: "Read what has changed under Tools > Sources > " + c.Facts[factName] + ", and approve what people may have.",
		over:   unlessUnused(c.Facts, "Nothing of the source "+name+" waits for review."),
		url:    s.console("tools/sources/" + c.Facts[factName]),
	}
}

func sinkWords(c Cause, s setting) words {
	name := c.Facts[factName]
	w := words{
		title: "The log does not reach the sink " + name,
		text: "Nothing has arrived there since " + c.Facts.moment(factSince) + "; when it was last tried: " + strings.TrimRight(c.Facts[factWhy], ".") + ". Nothing is lost: Gatehouse keeps trying, " +
			"and brings everything that waits. Until then, nobody outside holds the log to what it says.",
		remedy: "Ask whoever runs what the log is sent to. Audit > Evidence and retention has the sink " + name + ", says how far it has come, and tries it at once.",
		url:    s.console(evidencePage),
		over:   "The log reaches the sink " + name + " again, and what had waited has arrived or is on its way.",
	}
	if n := c.Facts[factLag]; n != "" && n != "0" {
		w.text += " Waiting: " + count(n, "record", "records") + "."
	}
	if c.Facts[factUnused] != "" {
		w.over = "The sink " + name + " is not used any more."
	}
	return w
}

// unlessUnused is how it is told that something about a source is over.
func unlessUnused(f Facts, over string) string {
	if f[factUnused] != "" {
		return "The source " + named(f) + " is not used any more."
	}
	return over
}

// named is what people call a source.
func named(f Facts) string {
	if f[factTitle] == "" || f[factTitle] == f[factName] {
		return f[factName]
	}
	return f[factTitle] + " (" + f[factName] + ")"
}
