package entra

import (
	"strings"
	"unicode"

	"gatehouse/internal/tenants"
)

// seconds reads a NumericDate (RFC 7519 §2) of a year that has four digits.
func (s *scanner) seconds() (int64, error) {
	const end = 253402300800 // the year 10000
	n, err := s.whole()
	if err == nil && (n < 0 || n >= end) {
		err = errShape
	}
	return n, err
}

// id reads a string that names something. Control characters in a name serve
// only to confuse whatever stores or shows it.
func (s *scanner) id(to *string) (err error) {
	*to, err = s.str()
	if err == nil && strings.ContainsFunc(*to, unicode.IsControl) {
		err = errControl
	}
	return err
}

func (s *scanner) appendID(to *[]string) error {
	var v string
	err := s.id(&v)
	*to = append(*to, v)
	return err
}

func (s *scanner) guid(to *tenants.GUID) error {
	text, err := s.str()
	if err != nil {
		return err
	}
	if *to, err = tenants.ParseGUID(text); err != nil {
		return errGUID
	}
	return nil
}

func (s *scanner) appendGUID(to *[]tenants.GUID) error {
	var v tenants.GUID
	err := s.guid(&v)
	*to = append(*to, v)
	return err
}

func (s *scanner) account() (account, error) {
	n, err := s.whole()
	switch {
	case err != nil:
		return accountUnsaid, err
	case n == 0:
		return accountMember, nil
	case n == 1:
		return accountGuest, nil
	default:
		return accountUnsaid, errShape
	}
}
