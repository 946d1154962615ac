package config

import (
	"regexp"
	"slices"
	"strings"
)

// serviceLink matches the variables that Kubernetes puts into every pod for
// each Service of its namespace (kubernetes.io/docs, "Connecting Applications
// with Services"): a Service called gatehouse-api makes
// GATEHOUSE_API_SERVICE_HOST, GATEHOUSE_API_PORT_8080_TCP_ADDR and so on.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// withoutServiceLinks removes those variables, which nobody set by hand. Outside
// Kubernetes they are what they look like: misspelled settings.
func withoutServiceLinks(environ []string) []string {
	inPod := slices.ContainsFunc(environ, func(line string) bool {
		return strings.HasPrefix(line, "KUBERNETES_SERVICE_HOST=")
	})
	if !inPod {
		return environ
	}
	return slices.DeleteFunc(slices.Clone(environ), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return serviceLink.MatchString(name)
	})
}
