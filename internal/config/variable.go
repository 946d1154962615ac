package config

import (
	"reflect"
	"strings"
)

// Variable is one environment variable as docs/configuration.md lists it.
type Variable struct {
	Name     string
	Default  string // as it would be written; "" for none
	Required bool
	Process  string // which program reads it
}

// Variables lists every variable of every process. A variable that two
// processes read is listed for each.
func Variables() []Variable {
	var all []Variable
	all = append(all, variablesOf("api", reflect.TypeFor[API]())...)
	all = append(all, variablesOf("worker", reflect.TypeFor[Worker]())...)
	all = append(all, variablesOf("migrate", reflect.TypeFor[Migrate]())...)
	all = append(all, variablesOf("manage", reflect.TypeFor[Manage]())...)
	return append(all, variablesOf("dev", reflect.TypeFor[Dev]())...)
}

func variablesOf(process string, t reflect.Type) []Variable {
	variables := make([]Variable, 0, t.NumField())
	for field := range t.Fields() {
		if field.Anonymous {
			variables = append(variables, variablesOf(process, field.Type)...)
			continue
		}
		v := variableOf(field)
		v.Process = process
		variables = append(variables, v)
	}
	return variables
}

// variableOf reads a field's tags: env:"NAME" or env:"NAME,required", and
// default:"value". A field whose variable must be set unless another one is has
// unless:"OTHER" besides, which is not part of the Variable.
func variableOf(field reflect.StructField) Variable {
	name, option, _ := strings.Cut(field.Tag.Get("env"), ",")
	return Variable{Name: name, Default: field.Tag.Get("default"), Required: option == "required"}
}

// fileSuffix makes a variable's name that of the variable that names a file
// with its value.
const fileSuffix = "_FILE"

// knownNames are the names this program understands, in whichever process: one
// file of variables may serve all of them.
func knownNames() map[string]bool {
	known := map[string]bool{}
	for _, v := range Variables() {
		known[v.Name] = true
		known[v.Name+fileSuffix] = true
	}
	return known
}
