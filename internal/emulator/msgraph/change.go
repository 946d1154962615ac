package msgraph

import (
	"errors"
	"net/http"

	"gatehouse/internal/emulator/directory"
)

// change alters the tenant of the visit. An alteration that ends in a problem
// changes nothing.
func (v *visit) change(alter func(*directory.Tenant) *problem) bool {
	var bad *problem
	err := v.s.directory.Change(v.tenant.ID, func(t *directory.Tenant) error {
		if bad = alter(t); bad != nil {
			return errors.New(bad.message)
		}
		return nil
	})
	if bad != nil {
		v.refuse(bad)
		return false
	}
	if err != nil {
		v.refuse(injected(http.StatusInternalServerError))
		return false
	}
	return true
}

// unlikely is an error that earlier checks leave no room for.
func unlikely(err error) *problem {
	if err == nil {
		return nil
	}
	return injected(http.StatusInternalServerError)
}
