import { Module } from '@nestjs/common';
import { MediaModule } from '../../media/index.js';
import { QuotaModule } from '../../quota/index.js';
import { EditLimits } from './edit-limits.js';
import { EditService } from './edit.service.js';
import { EditsController } from './edits.controller.js';

/** Edits as clients ask for them; what makes them is the workers'. */
@Module({
  imports: [MediaModule, QuotaModule],
  controllers: [EditsController],
  providers: [EditLimits, EditService],
})
export class EditingModule {}
