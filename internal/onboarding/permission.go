package onboarding

// Permission is a delegated permission of Microsoft Graph as it is explained
// before anybody consents to it.
type Permission struct {
	Name   string
	Reason string
	Who    string // who can consent to it
}

// ExplainPermissions explains BasePermissions, in an order for people.
func ExplainPermissions() []Permission {
	const anybody, admins = "every member, or an administrator for everybody", "an administrator for everybody"
	return []Permission{
		{"openid", "To know who signs in.", anybody},
		{"User.Read", "To read the profile of the person who is signed in, and the names of the groups they are in.", anybody},
		{"GroupMember.Read.All", "To decide by groups: which groups a person is in, when a token has no room for them, and what your groups are called.", admins},
		{"offline_access", "To ask again after an hour without another sign-in.", anybody},
	}
}
