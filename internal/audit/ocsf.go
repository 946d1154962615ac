package audit

// OCSFVersion is the version of the Open Cybersecurity Schema Framework whose classes
// records are mapped to. The classes and activities used are in every 1.x from there on.
const OCSFVersion = "1.3.0"

// OCSF is the class and the activity of OCSF that a record becomes, where a field has
// a value: https://schema.ocsf.io.
type OCSF struct {
	Field, Value string // empty: always
	Class        int    // class_uid
	Name         string // class_name
	Activity     int    // activity_id
	Does         string // activity_name
}

// Category returns category_uid and type_uid, which follow from class and activity.
func (o OCSF) Category() (category, typeUID int) { return o.Class / 1000, o.Class*100 + o.Activity }

// OCSFOf returns what a record of a kind becomes, given the text of its fields. ok is
// false for a kind that is not known.
func OCSFOf(kind Kind, value func(field string) string) (o OCSF, ok bool) {
	spec, ok := specified[kind]
	if !ok {
		return OCSF{}, false
	}
	for _, o := range spec.OCSF {
		if o.Field == "" || value(o.Field) == o.Value {
			return o, true
		}
	}
	return OCSF{}, false
}

var (
	logon      = OCSF{Class: 3002, Name: "Authentication", Activity: 1, Does: "Logon"}
	privileges = OCSF{Class: 3003, Name: "Authorize Session", Activity: 1, Does: "Assign Privileges"}
	apiRead    = OCSF{Class: 6003, Name: "API Activity", Activity: 2, Does: "Read"}

	// ofCall follows the effect, which is not known of what was refused.
	ofCall = []OCSF{
		{Field: "effect", Value: string(Write), Class: 6003, Name: "API Activity", Activity: 3, Does: "Update"},
		{Field: "effect", Value: string(Destructive), Class: 6003, Name: "API Activity", Activity: 4, Does: "Delete"},
		{Field: "effect", Value: string(Read), Class: 6003, Name: "API Activity", Activity: 2, Does: "Read"},
		{Class: 6003, Name: "API Activity", Activity: 99, Does: "Other"},
	}
)

func entity(activity int, does string) OCSF {
	return OCSF{Class: 3004, Name: "Entity Management", Activity: activity, Does: does}
}

func group(activity int, does, field, value string) OCSF {
	return OCSF{Field: field, Value: value, Class: 3006, Name: "Group Management", Activity: activity, Does: does}
}

func eventLog(activity int, does string) OCSF {
	return OCSF{Class: 1008, Name: "Event Log Activity", Activity: activity, Does: does}
}
