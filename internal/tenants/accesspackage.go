package tenants

import (
	"regexp"
	"unicode/utf8"

	"gatehouse/internal/fault"
)

// MaxAccessPackageURL is how many characters the address of an access package has at
// most.
const MaxAccessPackageURL = 500

// AccessPackagePattern is an address in Microsoft's My Access portal, of the global or
// the US Government cloud, of the characters of a URI (RFC 3986 §2). No other host is
// one, and nothing stands before the host.
const AccessPackagePattern = `^https://myaccess\.microsoft\.(com|us)(/([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$`

var accessPackages = regexp.MustCompile(AccessPackagePattern)

// CheckAccessPackageURL says what is wrong with where people are sent to ask for access.
// The empty text sends nobody anywhere. It does not repeat what was given.
func CheckAccessPackageURL(s string) error {
	if s == "" {
		return nil
	}
	if utf8.RuneCountInString(s) > MaxAccessPackageURL {
		return fault.Newf(fault.Invalid, "may have %d characters; copy the My Access portal link of the access package in the Entra admin center", MaxAccessPackageURL)
	}
	if !accessPackages.MatchString(s) {
		return fault.New(fault.Invalid, "is no address in the My Access portal; copy the My Access portal link of the access package in the Entra admin center, "+
			"which begins with https://myaccess.microsoft.com/ (US Government: https://myaccess.microsoft.us/), or leave it empty")
	}
	return nil
}
