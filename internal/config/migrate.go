package config

// Migrate is the configuration of `gatehouse migrate`.
type Migrate struct {
	DatabaseURL Secret `env:"GATEHOUSE_MIGRATE_DATABASE_URL,required"`
}

func (c Migrate) problems() Errors {
	var p Errors
	p.postgres("GATEHOUSE_MIGRATE_DATABASE_URL", c.DatabaseURL)
	return p
}
