package console

import (
	"context"
	"net/http"
	"net/url"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// progressContent is how far an organization is set up.
type progressContent struct {
	Title string
	Setup string // where the console takes the steps; empty without a console
	OnboardingState
}

// progress shows how far an organization is: GET /onboarding/{org}, where a consent
// ends. Whoever has not signed in does that first.
func (c *Console) progress(w http.ResponseWriter, r *http.Request) {
	p, err := c.person(r.Context(), r.Cookies())
	if err != nil && fault.KindOf(err) == fault.Unauthenticated {
		http.Redirect(w, r, "/auth/sign-in?"+url.Values{"return": {r.URL.EscapedPath()}}.Encode(), http.StatusSeeOther)
		return
	}
	var content progressContent
	if err == nil {
		content, err = c.progressOf(r.Context(), p, r.PathValue("org"))
	}
	if err != nil {
		c.showNothing(w, r, err)
		return
	}
	c.showPage(w, r, http.StatusOK, "onboarding", content)
}

func (c *Console) progressOf(ctx context.Context, p Person, slug string) (progressContent, error) {
	o, err := c.organization(ctx, slug)
	if err == nil && o.TID != p.TID {
		err = errNoOrganization
	}
	if err != nil {
		return progressContent{}, err
	}
	by, err := c.memberOf(ctx, o, p, tenants.Viewer)
	if err != nil {
		return progressContent{}, err
	}
	state, err := c.Onboarding.Onboarding(ctx, by)
	content := progressContent{Title: "Setting up " + o.Name, OnboardingState: state}
	if len(c.web.page) > 0 {
		content.Setup = c.setupAddress(o.Slug.String())
	}
	return content, err
}
