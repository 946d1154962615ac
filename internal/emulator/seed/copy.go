package seed

import (
	"reflect"
	"time"
)

// Copy returns tenants that share nothing with the given ones, so that later
// changes to those change nothing here.
func Copy(tenants []Tenant) []Tenant {
	return cloned(reflect.ValueOf(tenants)).Interface().([]Tenant) //nolint:forcetypeassert // the same type
}

// cloned copies slices and what is in them, at every depth. There are no maps
// and no pointers in a seed.
func cloned(v reflect.Value) reflect.Value {
	switch {
	case v.Kind() == reflect.Slice && !v.IsNil():
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(cloned(v.Index(i)))
		}
		return out
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		out := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			out.Field(i).Set(cloned(v.Field(i)))
		}
		return out
	}
	return v
}
