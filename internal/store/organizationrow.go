package store

import (
	"time"

	"gatehouse/internal/tenants"
)

type organizationRow struct {
	OrgID                tenants.ID `gorm:"primaryKey"`
	Slug                 tenants.Slug
	Name                 string
	EntraTid             tenants.TID
	State                tenants.State
	AuthMode             tenants.AuthMode
	AuthModeSince        *time.Time
	AcceptEntraTokens    bool
	UnknownClients       tenants.Admission
	Cloud                tenants.Cloud
	ConnectionID         *tenants.GUID
	AppModel             tenants.AppModel
	ClientID             *tenants.GUID
	TokenVersions        tenants.TokenVersions
	V1Audiences          textArray `gorm:"column:v1_audiences"`
	Resource             string
	Scope                string
	AppRole              string
	Guests               tenants.Admission
	Agents               tenants.Admission
	Apps                 tenants.Admission
	GroupSource          tenants.GroupSource
	GroupsClaim          tenants.GroupsClaim
	Background           tenants.Background
	Notifications        bool
	CredentialID         *tenants.GUID
	CredentialKind       tenants.CredentialKind
	CredentialThumbprint string
	CredentialCreatedAt  *time.Time
	CredentialExpiresAt  *time.Time
	MembershipSoft       time.Duration
	MembershipHard       time.Duration
	LogMonths            int
	LogLonger            *int
	LogShorterFrom       *time.Time
	LogBodyDays          int
	LogBodyLonger        *int
	LogBodyShorterFrom   *time.Time
	Origins              textArray
	AccessPackageURL     string
	WrappedKey           []byte
	DeletedAt            *time.Time
	DeletedFrom          tenants.State
	SuspendedBy          tenants.Suspender
	CheckpointsPutOffAt  *time.Time
	Version              int64 `gorm:"->"` // assigned by the database, under the row's lock
	Decisions            int64 `gorm:"->"` // likewise
}

func (organizationRow) TableName() string { return "organizations" }

func rowOf(o tenants.Organization) organizationRow {
	c, k := o.Connection, o.Connection.Credential
	return organizationRow{
		OrgID: o.ID, Slug: o.Slug, Name: o.Name, EntraTid: o.TID, State: o.State, AuthMode: o.Mode,
		AuthModeSince: instant(o.ModeSince), AcceptEntraTokens: o.AcceptEntraTokens, UnknownClients: o.UnknownClients, Cloud: c.Cloud,
		ConnectionID: idOrNull(c.ID), AppModel: c.Model, ClientID: idOrNull(c.ClientID),
		TokenVersions: c.Versions, V1Audiences: append(textArray{}, c.V1Audiences...), Resource: c.Resource, Scope: c.Scope, AppRole: c.AppRole,
		Guests: c.Guests, Agents: c.Agents, Apps: c.Apps, GroupSource: c.GroupSource, GroupsClaim: c.GroupsClaim, Background: c.Background,
		Notifications: c.Notifications,
		CredentialID:  idOrNull(k.ID), CredentialKind: k.Kind, CredentialThumbprint: k.Thumbprint,
		CredentialCreatedAt: instant(k.CreatedAt), CredentialExpiresAt: instant(k.ExpiresAt),
		MembershipSoft: o.Membership.Soft, MembershipHard: o.Membership.Hard, Origins: append(textArray{}, o.Origins...), AccessPackageURL: o.AccessPackageURL, DeletedAt: instant(o.DeletedAt),
		DeletedFrom: o.DeletedFrom, SuspendedBy: o.SuspendedBy, CheckpointsPutOffAt: instant(o.CheckpointsPutOff),
		LogMonths: o.Retention.Said(), LogLonger: numberOrNull(o.Retention.Longer), LogShorterFrom: instant(o.Retention.From),
		LogBodyDays: o.Bodies.Said(), LogBodyLonger: numberOrNull(o.Bodies.Longer), LogBodyShorterFrom: instant(o.Bodies.From),
	}
}

func (r organizationRow) organization() tenants.Organization {
	return tenants.Organization{
		ID: r.OrgID, Slug: r.Slug, Name: r.Name, TID: r.EntraTid, State: r.State, Mode: r.AuthMode,
		ModeSince: orZero(r.AuthModeSince), AcceptEntraTokens: r.AcceptEntraTokens, UnknownClients: r.UnknownClients,
		Connection: tenants.Connection{
			ID: idOrZero(r.ConnectionID), Model: r.AppModel, Cloud: r.Cloud, ClientID: idOrZero(r.ClientID),
			Versions: r.TokenVersions, V1Audiences: r.V1Audiences, Resource: r.Resource, Scope: r.Scope,
			AppRole: r.AppRole, Guests: r.Guests, Agents: r.Agents, Apps: r.Apps, GroupSource: r.GroupSource, GroupsClaim: r.GroupsClaim,
			Background: r.Background, Notifications: r.Notifications,
			Credential: r.credential(),
		},
		Membership: tenants.MembershipPolicy{Soft: r.MembershipSoft, Hard: r.MembershipHard}, Origins: r.Origins, AccessPackageURL: r.AccessPackageURL, DeletedAt: orZero(r.DeletedAt),
		DeletedFrom: r.DeletedFrom, SuspendedBy: r.SuspendedBy, CheckpointsPutOff: orZero(r.CheckpointsPutOffAt),
		Retention: tenants.Retention{Months: tenants.RetentionOf(r.LogMonths).Months, Longer: numberOrZero(r.LogLonger), From: orZero(r.LogShorterFrom)},
		Bodies:    tenants.BodyRetention{Days: tenants.BodyRetentionOf(r.LogBodyDays).Days, Longer: numberOrZero(r.LogBodyLonger), From: orZero(r.LogBodyShorterFrom)},
	}
}

func (r organizationRow) credential() tenants.Credential {
	return tenants.Credential{
		ID: idOrZero(r.CredentialID), Kind: r.CredentialKind, Thumbprint: r.CredentialThumbprint,
		CreatedAt: orZero(r.CredentialCreatedAt), ExpiresAt: orZero(r.CredentialExpiresAt),
	}
}

// organizationItems describes an organization field by field, so that a record
// shows those that differ. Of its credential it shows nothing secret.
func organizationItems(o tenants.Organization) ([]item, error) {
	c, k := o.Connection, o.Connection.Credential
	fields := []struct {
		name  string
		value any
	}{
		{"slug", o.Slug.String()},
		{"entraTenant", o.TID},
		{"name", o.Name},
		{"state", o.State},
		{"authMode", o.Mode},
		{"authModeSince", instant(o.ModeSince)},
		{"acceptEntraTokens", o.AcceptEntraTokens},
		{"unknownClients", o.UnknownClients},
		{"cloud", c.Cloud},
		{"connection", c.ID},
		{"appModel", c.Model},
		{"clientId", c.ClientID},
		{"tokenVersions", c.Versions},
		{"v1Audiences", append([]string{}, c.V1Audiences...)},
		{"resource", c.Resource},
		{"scope", c.Scope},
		{"appRole", c.AppRole},
		{"guests", c.Guests},
		{"agents", c.Agents},
		{"apps", c.Apps},
		{"groupSource", c.GroupSource},
		{"groupsClaim", c.GroupsClaim},
		{"background", c.Background},
		{"notifications", c.Notifications},
		{"credential", map[string]any{
			"id": k.ID, "kind": k.Kind, "thumbprint": k.Thumbprint, "createdAt": instant(k.CreatedAt), "expiresAt": instant(k.ExpiresAt),
		}},
		{"membershipSoft", o.Membership.Soft.String()},
		{"membershipHard", o.Membership.Hard.String()},
		{"origins", append([]string{}, o.Origins...)},
		{"accessPackageUrl", o.AccessPackageURL},
		{"logRetentionMonths", o.Retention.Said()},
		{"logShorterFrom", instant(o.Retention.From)},
		{"logBodyDays", o.Bodies.Said()},
		{"logBodyShorterFrom", instant(o.Bodies.From)},
		{"deletedAt", instant(o.DeletedAt)},
		{"deletedFrom", o.DeletedFrom},
		{"suspendedBy", o.SuspendedBy},
		{"checkpointsPutOffAt", instant(o.CheckpointsPutOff)},
	}
	items := make([]item, len(fields))
	for n, f := range fields {
		var err error
		if items[n], err = newItem(f.name, f.value, nil); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// instant is a time as a column that may be NULL keeps it.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// idOrNull is an id as a column that may be NULL holds it.
func idOrNull(g tenants.GUID) *tenants.GUID {
	if g.IsZero() {
		return nil
	}
	return &g
}

func idOrZero(g *tenants.GUID) tenants.GUID {
	if g == nil {
		return tenants.GUID{}
	}
	return *g
}

func numberOrNull(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func numberOrZero(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
