package onboarding

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// initialSuffixes are what the domains end in that a directory is born with, by
// cloud.
var initialSuffixes = []string{".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn"}

// SlugsOf returns the slugs that a directory may have without being asked: the
// label of each verified domain that its registrar sold (contoso of contoso.com
// and of mail.contoso.co.uk), and that of the initial domain. A label below it
// proves nothing: whoever owns a domain can verify any name under it. Labels that
// are no slugs, or reserved, are left out.
func SlugsOf(domains []graph.VerifiedDomain) []tenants.Slug {
	var out []tenants.Slug
	for _, d := range domains {
		slug, err := tenants.ParseSlug(label(d))
		if err == nil && !slices.Contains(out, slug) {
			out = append(out, slug)
		}
	}
	return out
}

func label(d graph.VerifiedDomain) string {
	name := strings.ToLower(strings.TrimSuffix(d.Name, "."))
	for _, suffix := range initialSuffixes {
		rest, initial := strings.CutSuffix(name, suffix)
		switch {
		case initial && d.Initial && !strings.Contains(rest, "."):
			return rest
		case initial:
			return "" // routing names such as contoso.mail.onmicrosoft.com
		}
	}
	registered, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(registered, ".")
	return first
}

// CheckSlug refuses a slug that is no label of a verified domain, unless an
// operator approved it for this directory: then it returns that approval.
func CheckSlug(slug tenants.Slug, domains []graph.VerifiedDomain, approved []tenants.SlugApproval) (tenants.SlugApproval, error) {
	none, own := tenants.SlugApproval{}, SlugsOf(domains)
	if slug.IsZero() {
		return none, fault.New(fault.Invalid, "slug is missing")
	}
	if slices.Contains(own, slug) {
		return none, nil
	}
	if at := slices.IndexFunc(approved, func(a tenants.SlugApproval) bool { return a.Slug == slug }); at >= 0 {
		return approved[at], nil
	}
	may := make([]string, 0, len(own))
	for _, s := range own {
		may = append(may, s.String())
	}
	text := "the name in URLs (slug) " + slug.String() + " is no label of a domain that your directory has verified"
	if len(may) > 0 {
		text += "; use " + strings.Join(may, " or ")
	}
	return none, fault.New(fault.Forbidden, text+", or ask whoever runs Gatehouse to approve it")
}
