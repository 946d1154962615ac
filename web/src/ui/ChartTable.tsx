import { makeStyles } from "@fluentui/react-components";

interface Props {
  label: string;
  heading: string; // of the column of labels
  series: string[];
  rows: { id: string; label: string; values: (number | string)[] }[];
}

const useStyles = makeStyles({
  aside: { position: "relative" },
  unseen: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)", whiteSpace: "nowrap" },
});

/** What a chart shows, for whoever does not see it. */
export function ChartTable({ label, heading, series, rows }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.aside}>
      <div className={styles.unseen}>
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">{heading}</th>
              {series.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row">{row.label}</th>
                {series.map((name, s) => (
                  <td key={name}>{row.values[s]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
