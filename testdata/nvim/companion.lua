-- A person's session in any Neovim from 0.7 on. The environment has START (how the server is attached:
-- enable, start or client) and OUT (a file for what was seen, in JSON). The working directory is the
-- workspace; the server is on PATH. The last server is left to Neovim's own exit.
local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':h')
local start = vim.env.START
local patience = 120000 -- ms; only a failure takes so long
vim.opt.swapfile = false
vim.opt.hidden = true

-- Ctrl-] and :tag give up after a second, which a machine that does much else may need.
local request_sync = vim.lsp.buf_request_sync
vim.lsp.buf_request_sync = function(buffer, method, params) return request_sync(buffer, method, params, patience) end

local function check(ok, message, ...)
  if not ok then error(string.format(message, ...), 2) end
  return ok
end

local function clients(buffer)
  local get = vim.lsp.get_clients or vim.lsp.get_active_clients
  local found = {}
  for _, client in pairs(get()) do
    if client.name == 'symcache' and (not buffer or vim.lsp.buf_is_attached(buffer, client.id)) then
      table.insert(found, client)
    end
  end
  return found
end

local function attach(buffer)
  if start == 'client' then
    local root = vim.fn.getcwd()
    local id = #clients() > 0 and clients()[1].id
      or vim.lsp.start_client({ name = 'symcache', cmd = { 'symcache', 'serve', '--stdio' }, root_dir = root })
    vim.lsp.buf_attach_client(buffer, id)
    vim.bo[buffer].tagfunc = 'v:lua.vim.lsp.tagfunc'
  end
  check(vim.wait(patience, function() return #clients(buffer) > 0 end, 10), 'no client')
  -- From 0.8 on it is set when the server is known to have definitions.
  check(vim.wait(patience, function() return vim.bo[buffer].tagfunc == 'v:lua.vim.lsp.tagfunc' end, 10), 'no tagfunc')
end

local function request(method, params)
  local answers, err = vim.lsp.buf_request_sync(0, method, params)
  check(answers, '%s: %s', method, vim.inspect(err))
  for _, answer in pairs(answers) do
    check(not answer.err and not answer.error, '%s: %s', method, vim.inspect(answer))
    return answer.result
  end
end

-- A search leaves out what it cannot check in its time on a busy machine.
local function jump(command)
  local ok, err
  vim.wait(patience, function()
    ok, err = pcall(vim.cmd, command)
    return ok
  end, 10)
  check(ok, '%s: %s', command, err)
end

local function edit(file)
  vim.cmd('edit ' .. file)
  attach(vim.api.nvim_get_current_buf())
end

-- The outline, as the buffer's text at the places of the names.
local function outline()
  local seen = {}
  local function walk(symbols)
    for _, symbol in ipairs(symbols or {}) do
      local at, to = symbol.selectionRange.start, symbol.selectionRange['end']
      local line = vim.api.nvim_buf_get_lines(0, at.line, at.line + 1, true)[1]
      table.insert(seen, line:sub(vim.str_byteindex(line, at.character, true) + 1, vim.str_byteindex(line, to.character, true)))
      walk(symbol.children)
    end
  end
  walk(request('textDocument/documentSymbol', { textDocument = vim.lsp.util.make_text_document_params() }))
  return seen
end

local function place()
  local cursor = vim.api.nvim_win_get_cursor(0)
  return string.format('%s:%d:%d', vim.fn.fnamemodify(vim.api.nvim_buf_get_name(0), ':.'), cursor[1], cursor[2] + 1)
end

-- Files in which a symbol is found, once they are the ones wanted.
local function found(name, wanted)
  local files
  check(vim.wait(patience, function()
    files = {}
    for _, symbol in ipairs(request('workspace/symbol', { query = name }) or {}) do
      if symbol.name == name then
        table.insert(files, vim.fn.fnamemodify(vim.uri_to_fname(symbol.location.uri), ':t'))
      end
    end
    return vim.deep_equal(files, wanted)
  end, 50), '%s: in %s', name, vim.inspect(files))
  return files
end

-- Another server of the same buffer has worked, and goes away again. It is made of Lua.
local function beside()
  dofile(here .. '/yield.lua')
  local tell
  local id = vim.lsp.start({
    name = 'other',
    filetypes = { 'go' },
    cmd = function(dispatchers)
      tell = dispatchers.notification
      local closing = false
      return {
        request = function(_, _, answer)
          answer(nil, { capabilities = {} })
          return true, 1
        end,
        notify = function(method)
          if method == 'exit' then
            closing = true
            dispatchers.on_exit(0, 0)
          end
          return true
        end,
        is_closing = function() return closing end,
        terminate = function() closing = true end,
      }
    end,
  })
  check(vim.wait(patience, function() return vim.lsp.buf_is_attached(0, id) end, 10), 'no other client')
  local function answered()
    local params = { textDocument = vim.lsp.util.make_text_document_params() }
    local answer = clients()[1]:request_sync('textDocument/documentSymbol', params, patience, 0)
    return type(answer.result) == 'table'
  end
  local function searches() return clients()[1]:supports_method('workspace/symbol') end
  check(answered(), 'no outline before the other server is ready')
  tell('$/progress', { token = 1, value = { kind = 'begin', title = 'loading' } })
  check(answered(), 'no outline while the other server is loading')
  tell('$/progress', { token = 1, value = { kind = 'end' } })
  check(not answered(), 'an outline beside the other server')
  check(not searches(), 'asked for symbols of the workspace beside the other server')
  vim.lsp.get_client_by_id(id):stop()
  check(vim.wait(patience, answered, 10), 'no outline when the other server has gone')
  check(searches(), 'not asked for symbols of the workspace when the other server has gone')
end

local function session()
  local seen = {}
  if start == 'enable' then
    vim.opt.runtimepath:prepend(vim.fs.dirname(vim.fs.dirname(here))) -- the repository is a plugin
    vim.lsp.enable('symcache')
  elseif start == 'start' then
    dofile(here .. '/start.lua')
  end
  if vim.filetype then vim.cmd('filetype plugin on') end

  edit('main.go')
  seen.opened = outline()

  -- Definition through tags: the cursor is on a use.
  vim.fn.search('Greet(', 'w')
  jump('execute "normal! \\<C-]>"')
  seen.definition = place()
  attach(vim.api.nvim_get_current_buf())
  vim.cmd('pop')
  seen.popped = place()
  -- :tag asks the workspace; each answer has to have a range.
  jump('tag Greeter')
  seen.tag = place()
  edit('main.go')

  -- Edits with characters of one to four bytes, one after the other.
  local function put(line, from, to, text)
    vim.api.nvim_buf_set_text(0, line, from, line, to, text)
  end
  put(0, 0, 0, { '// é€😀', '' })
  put(0, 3, 5, { '😀' })
  put(2, 0, 0, { '/* 𝒳e\204\129 */ var π = "😀"; var Näh, B = 1, "€"', '' })
  vim.fn.search('π', 'w')
  vim.cmd('normal! rÄ')
  vim.cmd('let &undolevels = &undolevels') -- what follows is undone alone
  put(0, 3, 3, { 'ü', '// 𝒳' })
  vim.cmd('undo')
  vim.cmd('normal! Gofunc Änd() {} // 😀')
  seen.edited = outline()
  vim.cmd('silent write')
  seen.saved = found('Änd', { 'main.go' })

  -- What other programs do on the disk.
  vim.cmd('bwipeout lib/lib.go')
  vim.fn.rename('lib/lib.go', 'lib/moved.go')
  seen.renamed = found('Greet', { 'moved.go' })

  -- Folders come and go.
  local more = vim.fn.fnamemodify(vim.fn.getcwd(), ':h') .. '/more'
  vim.lsp.buf.add_workspace_folder(more)
  seen.added = found('InMore', { 'more.go' })
  vim.lsp.buf.remove_workspace_folder(more)
  seen.removed = found('InMore', {})

  -- Restart.
  local client = clients()[1]
  vim.lsp.stop_client(client.id)
  check(vim.wait(patience, function() return #clients() == 0 end, 10), 'the server did not stop')
  edit('main.go')
  check(clients()[1].id ~= client.id, 'the same client')
  seen.restarted = outline()

  if vim.fn.has('nvim-0.11') == 1 then
    beside()
    vim.cmd('checkhealth vim.lsp')
    for _, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, true)) do
      check(not (line:match('WARNING') or line:match('ERROR')), 'checkhealth: %s', line)
    end
  end
  return seen
end

local ok, result = xpcall(session, debug.traceback)
local out = assert(io.open(vim.env.OUT, 'w'))
out:write(vim.json.encode(ok and { seen = result } or { error = result }))
out:close()
if vim.env.STAY then vim.wait(patience) end
vim.cmd('qall!')
