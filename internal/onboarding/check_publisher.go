package onboarding

// publisherChecks look at what people are told about who is behind the app.
func publisherChecks() []check {
	return []check{{
		id: "publisher.unverified", title: "The publisher of the app is not verified", asks: "Whether the publisher of the app is verified",
		concerns: func(x *exam) bool {
			_, unknown := x.gaps[fromPrincipal]
			return !x.own() || unknown || x.principal.SignInAudience == multiTenant
		},
		look: at(func(x *exam) []Finding {
			if x.principal.VerifiedBy.DisplayName != "" {
				return nil
			}
			f := x.registered(Finding{
				Severity: Warning,
				Detail: "Publisher verification is not done. A multi-tenant app is shown to other directories as unverified, and people there may not consent to it. " +
					"Whoever runs the app does it with the id of a verified account in the Microsoft AI Cloud Partner Program.",
			}, brandingBlade, "Publisher verification > Partner ID")
			if x.own() {
				f.Detail += " An app of your own need not be multi-tenant: the command makes it single-tenant."
				f.Fix = []string{x.az("PATCH", x.appPath(), map[string]any{"signInAudience": singleTenant})}
			}
			return one(f)
		}, fromPrincipal),
	}}
}
