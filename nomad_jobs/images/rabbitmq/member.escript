#!/usr/bin/env escript
%%! -hidden -connect_all false -kernel logger_level critical
%% How a member of the cluster starts, and what it does once it runs.
%%
%% decide  prints what to do with the volume before the server starts:
%%           keep       its data is there, and the cluster still counts this member, or nobody can be asked
%%           join NODE  it is empty, or of a member that was forgotten: drop it and join the cluster of NODE
%%           found      all members are here and empty, and this one's address is the lowest
%%         It waits until one of them is true, so that two clusters never come of one.
%% settle  once the server runs: sets the password, forgets the member that this one replaces, gives every
%%         quorum queue a replica here, and a leader where it has none.
%%
%% Members find each other by the addresses in /config/peers; those that still decide are nodes named
%% `deciding`, so that others can tell a member that is empty from one that is away.

-define(CALL_MS, 60000).

main([Word, Host, Port]) ->
    os:cmd("epmd -daemon"),
    [application:set_env(kernel, Limit, list_to_integer(Port) + offset(Word))
     || Limit <- [inet_dist_listen_min, inet_dist_listen_max]],
    {ok, Interface} = inet:parse_address(Host),
    application:set_env(kernel, inet_dist_use_interface, Interface),
    %% epmd takes a moment to listen.
    ok = await(fun() -> element(1, net_kernel:start([node_of(name(Word), Host), longnames])) end, ok),
    run(Word, Host).

name("decide") -> "deciding";
name("settle") -> "settling".

%% While it decides, nobody else uses the port of the server's own distribution.
offset("decide") -> 1;
offset("settle") -> 3.

run("decide", Host) -> decide(Host, rabbit(Host), is_empty());
run("settle", Host) -> settle(rabbit(Host)).

decide(Host, Me, Empty) ->
    Others = peers() -- [Host],
    Running = [Node || Peer <- Others, Node <- [rabbit(Peer)], is_running(Node)],
    case step(Host, Me, Empty, Others, Running) of
        wait ->
            log("waiting for the other members: known ~p, running ~p~n", [Others, Running]),
            timer:sleep(2000),
            decide(Host, Me, Empty);
        Words ->
            io:format("~s~n", [Words])
    end.

step(_, Me, Empty, _, [Node | _]) ->
    case {Empty, lists:member(Me, members(Node))} of
        {false, true} ->
            "keep";
        {true, true} ->
            %% It has lost its volume: the cluster takes it as a new member only after forgetting the old one.
            forget(Node, Me),
            join(Node);
        {_, false} ->
            join(Node)
    end;
step(_, _, false, _, []) ->
    "keep";
step(Host, _, true, Others, []) ->
    Deciding = [Peer || Peer <- Others, net_adm:ping(node_of("deciding", Peer)) =:= pong],
    case length(Deciding) + 1 >= size() of
        true -> found_if_first(Host, Deciding);
        false -> wait
    end.

found_if_first(Host, Deciding) ->
    case lists:min([Host | Deciding]) of
        Host -> "found";
        _ -> wait
    end.

join(Node) -> "join " ++ atom_to_list(Node).

settle(Me) ->
    pong = await(fun() -> net_adm:ping(Me) end, pong),
    true = await(fun() -> is_running(Me) end, true),
    User = list_to_binary(os:getenv("RABBITMQ_USER")),
    Password = list_to_binary(os:getenv("RABBITMQ_PASSWORD")),
    %% `default_pass` counts on the first start only.
    call(Me, rabbit_auth_backend_internal, change_password, [User, Password, <<"settle">>]),
    [stand(Me, element(1, amqqueue(Me, get_pid, Queue))) || Queue <- queues(Me), is_here(Me, Queue)],
    %% A queue takes one change of its replicas at a time.
    await(fun() -> grow(Me) end, []),
    Members = members(Me),
    Gone = Members -- call(Me, rabbit_mnesia, cluster_nodes, [running]),
    [forget(Me, Node) || Node <- Gone, length(Members) > size()].

%% The queues that have no replica here yet.
grow(Me) ->
    call(Me, rabbit_quorum_queue, grow, [Me, <<".*">>, <<".*">>, all]),
    [Queue || Queue <- queues(Me), not is_here(Me, Queue)].

queues(Me) -> call(Me, rabbit_amqqueue, list_by_type, [rabbit_quorum_queue]).

is_here(Me, Queue) -> lists:member(Me, maps:get(nodes, amqqueue(Me, get_type_state, Queue))).

amqqueue(Me, Field, Queue) -> call(Me, amqqueue, Field, [Queue]).

%% Killed within a second of a queue's declaration, RabbitMQ 3.10 comes back with the queue's name but an empty
%% log whose only member waits to be elected, for ever. (What was published in that second is lost.)
stand(Me, Queue) ->
    case call(Me, ra, members, [{Queue, Me}, 2000]) of
        {ok, _, _} -> ok;
        _ -> call(Me, ra, trigger_election, [{Queue, Me}])
    end.

forget(Node, Gone) ->
    log("~p is forgotten~n", [Gone]),
    call(Node, rabbit_quorum_queue, shrink_all, [Gone]),
    call(Node, rabbit_mnesia, forget_cluster_node, [Gone, false]).

members(Node) -> call(Node, rabbit_mnesia, cluster_nodes, [all]).

is_running(Node) -> rpc:call(Node, rabbit, is_running, [], 5000) =:= true.

call(Node, Module, Function, Arguments) ->
    case rpc:call(Node, Module, Function, Arguments, ?CALL_MS) of
        {badrpc, Reason} -> log("~p:~p: ~p~n", [Module, Function, Reason]), halt(1);
        Answer -> Answer
    end.

await(Ask, Wanted) ->
    case Ask() of
        Wanted -> Wanted;
        _ -> timer:sleep(1000), await(Ask, Wanted)
    end.

is_empty() -> not filelib:is_dir(os:getenv("RABBITMQ_MNESIA_BASE") ++ "/rabbit@" ++ os:getenv("HOST")).

peers() ->
    case file:read_file("/config/peers") of
        {ok, Text} -> lists:usort(string:lexemes(binary_to_list(Text), "\n"));
        {error, enoent} -> []
    end.

size() -> list_to_integer(os:getenv("CLUSTER_SIZE", "1")).

rabbit(Host) -> node_of("rabbit", Host).

node_of(Name, Host) -> list_to_atom(Name ++ "@" ++ Host).

log(Format, Values) -> io:format(standard_error, "member: " ++ Format, Values).
