package config

// Dev is what cmd/gatehouse-dev and the tests take from the environment. Both
// URLs are optional: without one a throw-away PostgreSQL is started.
type Dev struct {
	DatabaseURL     Secret `env:"GATEHOUSE_DATABASE_URL"`
	TestDatabaseURL Secret `env:"GATEHOUSE_TEST_DATABASE_URL"`
}

func (c Dev) problems() Errors {
	var p Errors
	p.postgres("GATEHOUSE_DATABASE_URL", c.DatabaseURL)
	p.postgres("GATEHOUSE_TEST_DATABASE_URL", c.TestDatabaseURL)
	return p
}
