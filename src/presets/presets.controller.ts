import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems } from '../common/index.js';
import { Idempotent, ResourceId } from '../idempotency/index.js';
import { entityTagHeader } from '../media/index.js';
import { ConfiguredPresets } from './configured-presets.js';
import {
  configuredPresetDto,
  CreatePresetDto,
  PresetDto,
  PresetNameParam,
  PresetsDto,
  PresetSpaceQuery,
  PutPresetDto,
  toPresetDto,
} from './dto/preset.dto.js';
import type { Preset } from './entities/preset.entity.js';
import { PresetCatalogueService } from './preset-catalogue.service.js';
import { definedOnly } from './preset-params.js';
import { presetSpace } from './preset-space.js';
import { presetEntityTag } from './preset-tag.js';
import { presetErrors } from './presets.errors.js';

const nameParam = { name: 'name', example: 'card' };
const ifMatchHeader = { name: 'If-Match', required: false, description: 'ETag of the preset as it was read' };

function tagged(reply: FastifyReply, preset: Preset): PresetDto {
  void reply.header('ETag', presetEntityTag(preset));
  return toPresetDto(preset);
}

function contentOf({ params, eager = false }: PutPresetDto) {
  return { params: definedOnly(params), eager };
}

@ApiTags('Images')
@Controller('v1/presets')
export class PresetsController {
  constructor(
    private readonly catalogue: PresetCatalogueService,
    private readonly configured: ConfiguredPresets,
  ) {}

  @Get()
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'listPresets', summary: 'Own presets, and those of the service' })
  @ApiOkResponse({ type: PresetsDto })
  @ApiProblems(400, 401, 403, 404, 429)
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: PresetSpaceQuery,
  ): Promise<PresetsDto> {
    const own = await this.catalogue.list(presetSpace(principal, query));
    const names = new Set(own.map(({ name }) => name));
    const others = this.configured.all.filter(({ name }) => !names.has(name));
    return { items: [...own.map(toPresetDto), ...others.map(configuredPresetDto)] };
  }

  @Post()
  @RequireScopes('admin')
  @Idempotent()
  @ApiOperation({
    operationId: 'createPreset',
    summary: 'Make a preset',
    description:
      'One with the name of a configured preset takes its place for the media of this organization.',
  })
  @ApiCreatedResponse({
    type: PresetDto,
    headers: {
      Location: { description: 'Path of the preset', schema: { type: 'string' } },
      ...entityTagHeader,
    },
  })
  @ApiProblems(400, 401, 403, 404, 409, 429)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Query() query: PresetSpaceQuery,
    @Body() body: CreatePresetDto,
    @ResourceId() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PresetDto> {
    const key = { space: presetSpace(principal, query), name: body.name };
    const preset = await this.catalogue.create(id, key, contentOf(body));
    void reply.header('Location', `/v1/presets/${preset.name}`);
    return tagged(reply, preset);
  }

  @Get(':name')
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'getPreset', summary: 'One preset' })
  @ApiParam(nameParam)
  @ApiOkResponse({ type: PresetDto, headers: entityTagHeader })
  @ApiProblems(400, 401, 403, 404, 429)
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Query() query: PresetSpaceQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PresetDto> {
    const own = await this.catalogue.find({ space: presetSpace(principal, query), name });
    if (own) return tagged(reply, own);
    const configured = this.configured.all.find((candidate) => candidate.name === name);
    if (!configured) throw presetErrors.PRESET_NOT_FOUND();
    return configuredPresetDto(configured);
  }

  @Put(':name')
  @RequireScopes('admin')
  @ApiOperation({ operationId: 'putPreset', summary: 'Make a preset, or change one' })
  @ApiParam(nameParam)
  @ApiHeader(ifMatchHeader)
  @ApiOkResponse({ type: PresetDto, headers: entityTagHeader })
  @ApiCreatedResponse({ type: PresetDto, headers: entityTagHeader })
  @ApiProblems(400, 401, 403, 404, 409, 412, 429)
  async put(
    @CurrentPrincipal() principal: Principal,
    @Param() { name }: PresetNameParam,
    @Query() query: PresetSpaceQuery,
    @Body() body: PutPresetDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PresetDto> {
    const key = { space: presetSpace(principal, query), name };
    const { preset, created } = await this.catalogue.put(key, contentOf(body), ifMatch);
    void reply.code(created ? 201 : 200);
    return tagged(reply, preset);
  }

  @Delete(':name')
  @HttpCode(204)
  @RequireScopes('admin')
  @ApiOperation({ operationId: 'deletePreset', summary: 'Remove an own preset' })
  @ApiParam(nameParam)
  @ApiHeader(ifMatchHeader)
  @ApiNoContentResponse()
  @ApiProblems(400, 401, 403, 404, 412, 429)
  remove(
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Query() query: PresetSpaceQuery,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.catalogue.remove({ space: presetSpace(principal, query), name }, ifMatch);
  }
}
