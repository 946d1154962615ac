import { makeStyles, tokens } from "@fluentui/react-components";

const useStyles = makeStyles({ mark: { flex: "none", width: "20px", height: "20px", fill: tokens.colorBrandForeground1 } });

/** The product's sign, beside its name. */
export function Mark() {
  const styles = useStyles();
  return (
    <svg className={styles.mark} viewBox="0 0 24 24" aria-hidden>
      <path d="M3 3h4v2h2V3h6v2h2V3h4v18h-6v-6a3 3 0 0 0-6 0v6H3z" />
    </svg>
  );
}
