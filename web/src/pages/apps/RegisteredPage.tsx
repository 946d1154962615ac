import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { registeredQuery, useRegister } from "../../api/registered";
import { includes } from "../../api/roles";
import { apps } from "../../messages/apps";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { RegisterDialog } from "./RegisterDialog";
import { RegisteredPanel } from "./RegisteredPanel";
import { RegisteredView } from "./RegisteredView";

const said = apps.registered;
const route = getRouteApi("/o/$org/people/apps/registered");

/** AI apps that admins have registered here. */
export function RegisteredPage() {
  const { organization, held } = usePlace();
  const { client } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(registeredQuery(organization.slug));
  const register = useRegister(organization.slug);
  const [adding, setAdding] = useState(false);
  const tell = useTell();
  const open = (id: string | undefined) => {
    void navigate({ search: id === undefined ? {} : { client: id } });
  };
  const stop = () => {
    register.reset();
    setAdding(false);
  };
  return (
    <>
      <RegisteredView
        organization={organization.name}
        clients={list.data}
        trouble={list.error && !list.data ? troubleOf(list.error) : undefined}
        again={() => { void list.refetch(); }}
        onOpen={open}
        onAdd={includes(held, "admin") ? () => { setAdding(true); } : undefined}
      />
      {client !== undefined && list.data && <RegisteredPanel key={client} client={list.data.find(({ id }) => id === client)} onClose={() => { open(undefined); }} />}
      {adding && (
        <RegisterDialog
          busy={register.isPending}
          trouble={register.error ? troubleOf(register.error) : undefined}
          onCancel={stop}
          onSave={(body) => {
            register.mutate(body, {
              onSuccess: (made) => {
                stop();
                tell(said.registered(made.name), { text: said.registeredText });
                open(made.id);
              },
            });
          }}
        />
      )}
    </>
  );
}
