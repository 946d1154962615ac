package onboarding

// CheckIDs are the ids of all checks.
func CheckIDs() []string {
	var out []string
	for _, c := range checks() {
		out = append(out, c.id)
	}
	return out
}
